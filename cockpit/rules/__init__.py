"""Pure rules on a snapshot: decisions, the commander, the autopilot, notifications and the record."""
