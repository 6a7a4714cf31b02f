"""The world outside: one file per system, each translating that system's answers and failures into the ports' terms."""
