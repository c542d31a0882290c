"""What alarms are raised for: each module sees one thing that can go wrong with a run."""
