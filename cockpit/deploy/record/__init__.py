"""The record: what was done, what it came to, and where things are."""
