"""Pull requests: their reading from git history, reviews, conflicts and merge policy."""
