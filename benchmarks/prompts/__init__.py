"""The prompts that tools write about the same rollouts, each in its own environment, by its own code."""
