"""What the measures need and no register has: estimates, kept as such.

Each recipe has two halves: a plan, computed from one state of the store and shown, and its
writing as one changeset, refused when the layers have changed in between.
"""

from layers.supply.areas import AREA_SOURCE, AreasPlan, plan_areas, write_areas
from layers.supply.households import HouseholdsPlan, plan_households, write_households

__all__ = [
    "AREA_SOURCE",
    "AreasPlan",
    "HouseholdsPlan",
    "plan_areas",
    "plan_households",
    "write_areas",
    "write_households",
]
