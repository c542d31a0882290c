"""The built-in components, one a module: `use: label_match` names `label_match.LabelMatch`."""
