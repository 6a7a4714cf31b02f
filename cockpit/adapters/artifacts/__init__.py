"""Where builds are made and kept."""
