"""Records of a release beside its events: the head of the log and pages of traffic."""
