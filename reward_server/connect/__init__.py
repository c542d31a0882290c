"""What a user writes to point a trainer at a reward URL, and a look at the URL first."""
