"""What stands in for an unscored rollout where a trainer cannot leave it out: an explicit, counted policy."""
