"""Notifiers: Slack and Discord by their own APIs, for their threads, and every other service by apprise."""
