"""The built-in classifiers: the module's name is what a reward file's `use` says."""
