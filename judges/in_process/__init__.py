"""A model in the judge's own process: its chat template, its passes, what it says."""
