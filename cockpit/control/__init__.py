"""What a person can do: commands, and the snapshot that they are decided on."""
