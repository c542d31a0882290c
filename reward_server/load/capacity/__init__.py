"""Will a training step fit its judge? Arithmetic, with rates that were measured or are given."""
