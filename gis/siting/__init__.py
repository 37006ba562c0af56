"""Which plots to green.

worth           what each plot is worth alone, as a row
choosing        the few that are best together, and a proof of how good they are
scenario        what if this one, and not that one
"""
