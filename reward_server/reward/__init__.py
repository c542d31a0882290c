"""What a reward is made of: components, gates, reward files, and reward functions ready to score."""
