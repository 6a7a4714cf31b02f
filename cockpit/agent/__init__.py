"""What runs on each host: it makes the host's disk and application agree with its tier's target."""
