"""Wire formats of others: each reads a trainer's request into rollouts and writes results its way."""
