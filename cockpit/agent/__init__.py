"""The agent on each host: brings the host's disk and application to the target of its tier."""
