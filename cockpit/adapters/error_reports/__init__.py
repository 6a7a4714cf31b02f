"""Where reports of errors come from."""
