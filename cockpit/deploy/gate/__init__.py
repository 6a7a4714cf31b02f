"""The gate: counts in, a verdict with its reason out."""
