"""Pages that open over the dashboard."""
