"""How near things are to each other in a straight line, exactly.

distance        of each thing to the nearest of others; who has one within a radius
nearest_index   targets put in order once, to be asked often
pairs           all pairs within a limit
duplicates, displacement    one thing drawn twice; a layer that is off
"""
