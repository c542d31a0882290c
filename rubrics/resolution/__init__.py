"""`extends` and `use`: from files that include others to one document without them, before it is bound."""
