"""What `gavel rubric test` opens, asks and prints."""
