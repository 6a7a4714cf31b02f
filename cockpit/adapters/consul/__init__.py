"""The fleet's store, and its locks, on Consul."""
