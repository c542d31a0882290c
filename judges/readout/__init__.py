"""Reading replies: pure, without a guess."""
