"""What judges run on: a module for each kind, named by `use:`."""
