"""The screen in a browser, to look at: a process of its own for each page that is open, by textual-serve."""
