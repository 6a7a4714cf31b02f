"""Adapters: one module for each external system, which implements a port and raises the system's errors as `Failed`."""
