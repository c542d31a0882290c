"""Ways to have a step judged: ours, the floor, and the field's tools, each in an environment of its own."""
