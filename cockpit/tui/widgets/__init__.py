"""Thin widgets: frozen rows in, messages out; cursor and scroll are theirs."""
