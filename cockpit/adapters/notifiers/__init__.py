"""Where people are told: Slack and Discord by their own APIs, for their threads, and everything else by apprise."""
