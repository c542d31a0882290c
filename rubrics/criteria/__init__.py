"""What a criterion is: its kinds, its levels, what is expected of it, and when it applies."""
