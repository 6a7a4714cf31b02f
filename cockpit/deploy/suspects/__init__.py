"""Which PR broke it: what a report names, held against what each PR changed."""
