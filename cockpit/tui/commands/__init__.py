"""A command's way from its key to the dispatcher: proposal, confirmation, result."""
