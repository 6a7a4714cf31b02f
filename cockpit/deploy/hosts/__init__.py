"""What hosts should run, what they do run, and how far a tier has come."""
