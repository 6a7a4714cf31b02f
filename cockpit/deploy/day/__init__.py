"""The shape of a deploy day: when deploys happen and who commands them."""
