"""Pull requests: which of them a release carries, what is known of each, and what taking one out comes to."""
