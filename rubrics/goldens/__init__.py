"""Golden cases: completions whose findings the author knows, and what a judge makes of them. Asks nobody."""
