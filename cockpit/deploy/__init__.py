"""What a deploy is: pure values and functions that never wait, read no clock and do no I/O."""
