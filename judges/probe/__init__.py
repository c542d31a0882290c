"""What an endpoint can do, found by asking it."""
