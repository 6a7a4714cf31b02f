"""Widgets that show frozen rows and post messages; they keep only cursor and scroll position."""
