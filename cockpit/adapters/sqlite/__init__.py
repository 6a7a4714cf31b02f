"""One machine's store: a file that its processes share."""
