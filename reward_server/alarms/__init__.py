"""What somebody should look at, told from the statistics of a run. Alarms never change rewards."""
