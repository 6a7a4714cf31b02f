"""Adapters for counters and alerts: the embedded scraper, Prometheus and Alertmanager."""
