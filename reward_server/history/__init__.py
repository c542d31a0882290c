"""What a run looked like, step by step: statistics that are computed once from stored rollouts."""
