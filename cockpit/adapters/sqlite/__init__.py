"""The store of one machine: an SQLite file that its processes share."""
