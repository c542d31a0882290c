"""No question twice: verdicts that are known, and questions that are being asked already."""
