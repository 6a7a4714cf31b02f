"""Exit codes of the command line."""

DONE = 0
REFUSED = 1
"""The command was refused, or the answer is no; the reason is on stderr."""
USAGE = 2
"""The command line or the configuration is invalid."""
FAILED = 3
"""An outside system failed, or cockpit has a bug."""
INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
