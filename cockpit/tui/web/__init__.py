"""The read-only screen in a browser, served by textual-serve with a process per open page."""
