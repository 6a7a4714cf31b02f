"""The application server of a host, without its application: master, workers, counters, and the agent's hooks."""
