"""cockpit: the terminal from which a deploy commander runs a company's deploys."""

__version__ = "0.1.0"
