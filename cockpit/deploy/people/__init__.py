"""Who is told what as a release moves: pure, from its events to the messages that are due."""
