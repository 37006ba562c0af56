"""The versions of the accounts' schema."""
