"""Which messages an event calls for, and which of them are still to be delivered."""
