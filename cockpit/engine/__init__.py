"""The engine: carries out what was decided. One engine works at a time, and any other can take over."""
