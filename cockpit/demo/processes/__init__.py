"""The company's processes: supervision, ports, and the settings of Consul and Prometheus."""
