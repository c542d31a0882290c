"""Work for a server under test: endless, and never the same twice."""
