"""What a build is, what it consists of, and which builds are kept."""
