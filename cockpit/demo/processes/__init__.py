"""The processes of the company: their ports and leashes, and the servers of others that it starts."""
