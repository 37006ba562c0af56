"""Rows that say in words where they are: what the words name, and how they get a place.

wording     what a description names (pure)
gazetteer   all names that a store knows
pending     the list of rows that wait for a place
placing     an edited list brings places back
"""

from layers.locating.gazetteer import gazetteer
from layers.locating.pending import PendingList, pending, write_pending
from layers.locating.placing import Placing, plan_placing, write_placing
from layers.locating.wording import Gazetteer, How, Match, Place, fold_name

__all__ = [
    "Gazetteer",
    "How",
    "Match",
    "PendingList",
    "Place",
    "Placing",
    "fold_name",
    "gazetteer",
    "pending",
    "plan_placing",
    "write_pending",
    "write_placing",
]
