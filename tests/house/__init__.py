"""What holds for the whole house: budgets, clean words, docs that keep up, a wheel that works."""
