"""Views: pure functions from a snapshot to rows of text, shared by the screen and the shell."""
