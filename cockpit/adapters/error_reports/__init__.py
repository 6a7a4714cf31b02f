"""Sources of error reports: a file, or an endpoint like Sentry's."""
