"""Checking what a store holds: what was edited past the service, and what is wrong with it.

    check     which features are looked at, and the account of it
    rows      one layer's features against their kind, by the same checks as rows of a file
    units     whether the units of the territory tile the ground, and their figures add up
    bands     how large a grid usually is
    lists     findings as a list that a desktop GIS or a spreadsheet opens

A finding has the code of the problem that an import would name: one list of codes, one sentence
for each, whether a value came by file or by hand. Codes and values only; the words are elsewhere.
"""

from layers.checking.bands import GRID_BAND, Band
from layers.checking.check import CheckReport, check_store
from layers.checking.lists import findings_frame, write_findings
from layers.checking.rows import Finding, check_rows

__all__ = [
    "GRID_BAND",
    "Band",
    "CheckReport",
    "Finding",
    "check_rows",
    "check_store",
    "findings_frame",
    "write_findings",
]
