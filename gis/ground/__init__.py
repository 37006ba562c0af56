"""The ground divided: units, what lies in them, and who answers for it.

location        in which unit a thing lies
areas, tiling   units made out of buildings; whether units tile the ground
spreading, crosswalk    totals carried to buildings, and from one division to another
holes           ground that nobody answers for
matching, hotspots      adopters for plots; where events gather
"""
