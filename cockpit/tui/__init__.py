"""The terminal screen. Only this package imports textual and rich."""
