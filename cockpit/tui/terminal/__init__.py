"""The terminal itself: its capabilities, what is written to it, its bell and clipboard."""
