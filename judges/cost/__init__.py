"""What judging a training step costs, computed beforehand."""
