"""The customers of the company, the balancer they come through, and what became of each request."""
