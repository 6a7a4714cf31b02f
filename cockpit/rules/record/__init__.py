"""Figures from past releases: DORA metrics, incidents, harm, and where a change is."""
