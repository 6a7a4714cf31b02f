"""Pure rules: what may be done now, who may command, and what the record amounts to."""
