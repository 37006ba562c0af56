"""Recipes: which layers an analysis needs, measured and kept as a run."""

from layers.analysis.geopackage import write_geopackage
from layers.analysis.inputs import PLACES_OF_WEIGHT, WEIGHTS
from layers.analysis.recipes import Analysis, run_coverage, run_gaps
from layers.analysis.verifying import verify_run
from layers.analysis.walking import NODINGS, UNCONNECTED, WALKWAYS, OnFoot

__all__ = [
    "NODINGS",
    "PLACES_OF_WEIGHT",
    "UNCONNECTED",
    "WALKWAYS",
    "WEIGHTS",
    "Analysis",
    "OnFoot",
    "run_coverage",
    "run_gaps",
    "verify_run",
    "write_geopackage",
]
