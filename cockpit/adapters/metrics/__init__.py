"""Counters and alerts: the embedded scraper, Prometheus, Alertmanager."""
