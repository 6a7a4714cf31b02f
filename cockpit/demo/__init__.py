"""A whole company on one machine: a repository, a fleet, its traffic, and stories to play on them."""
