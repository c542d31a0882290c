"""What several pages are made of: charts, tables, choices."""
