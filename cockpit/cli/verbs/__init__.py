"""One module a verb: `add(verbs)` declares its options, `run(options)` runs it and returns the exit code."""
