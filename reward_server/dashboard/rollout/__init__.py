"""What can be told of one stored rollout beyond what its row says."""
