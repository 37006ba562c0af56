"""The themes: each module declares one, with its kinds in the order in which they are listed."""
