"""One module for each change of the accounts' schema."""
