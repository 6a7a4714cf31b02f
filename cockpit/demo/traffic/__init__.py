"""The company's customers, their load balancer, and the outcome of each request."""
