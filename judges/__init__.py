"""Models and prompts: render a question, call a judge, read its verdict; and a simulated judge."""
