"""What carries out what was decided: one engine works at a time, and any may take over."""
