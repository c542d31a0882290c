"""What can be told about a reward before any rollout: its equation, its traps, its schema."""
