"""The model of a deploy: pure values and functions without I/O, a clock or anything to await."""
