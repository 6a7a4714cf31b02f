"""Notifications: which messages an event triggers, and which of them are not yet delivered."""
