"""The application server of a host: master, workers, counters, and the hooks of the agent."""
