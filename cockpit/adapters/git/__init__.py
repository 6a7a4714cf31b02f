"""Adapters for git: the bare mirror of the application's repository, and read-only local repositories."""
