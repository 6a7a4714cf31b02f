"""Builds and their manifests."""
