"""The feeds: each follows one source and keeps its slices of the snapshot up to date."""
