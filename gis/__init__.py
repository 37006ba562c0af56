"""Geometry and numbers of green space, and of who has it within reach.

Pure functions over geopandas objects: nothing here reads files, asks a database or speaks to a
user. Every measure first states its contract (a common reference system in metres, geometry
families) and refuses what does not meet it; inputs are never changed, their index survives, and
names carry units: `distance_m`, `area_m2`, `covered_share` (0 to 1).
"""

from gis import errors

__all__ = ["errors"]
