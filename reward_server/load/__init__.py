"""Load tests: what a judge or a reward URL bears, and who is the limit."""
