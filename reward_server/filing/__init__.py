"""What happens beside the reward server: a process that stores what was scored, and forgets what is old."""
