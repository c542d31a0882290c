"""Several votes on the statements about one rollout."""
