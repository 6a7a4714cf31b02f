"""Drills: a random fault in a release of the demo, and a debrief of what the trainee did."""
