"""What components share: finding an answer, reading numbers, measuring, killable processes."""
