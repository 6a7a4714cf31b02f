"""What the eye sees: pure functions from a snapshot to frozen rows, shared by the screen and the shell."""
