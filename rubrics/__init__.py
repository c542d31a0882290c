"""What good looks like: rollouts, outcomes, rubrics, verdicts and their arithmetic. No network."""
