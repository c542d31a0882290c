"""What several components share: finding an answer, reading numbers, measuring lengths, killable processes."""
