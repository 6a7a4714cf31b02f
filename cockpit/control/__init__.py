"""What a person can do, and how the picture they decide on is kept true."""
