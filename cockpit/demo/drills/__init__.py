"""Drills: one fault at a random moment, a trainee, and what it came to."""
