"""The search for the PR that caused an error report."""
