"""Rows among others: codes and their parts, former divisions, the territory, duplicates.

rows        what is checked, and the register around it
codes       codes that are made of parts, and what they refer to
divisions   former codes and names
nearness    outside the territory, or where another one is
registry    every check, declared once
"""

from layers.importing.checks.divisions import replace_former
from layers.importing.checks.registry import CHECKS, Check, check_among_others
from layers.importing.checks.rows import Register, Rows

__all__ = ["CHECKS", "Check", "Register", "Rows", "check_among_others", "replace_former"]
