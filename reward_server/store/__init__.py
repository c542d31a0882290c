"""The rollout store: every rollout that was answered, as one durable row, in an SQLite file."""
