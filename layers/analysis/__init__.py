"""Recipes: which layers an analysis needs, measured and kept as a run."""

from layers.analysis.claim import Claimed, run_claim, write_claim_layers
from layers.analysis.crosswalks import (
    Crosswalk,
    read_figures,
    run_crosswalk,
    write_crosswalk_layers,
)
from layers.analysis.geopackage import write_geopackage
from layers.analysis.holes import PLANS, Holes, run_holes, write_hole_layers
from layers.analysis.hotspots import EVENT, Hotspots, run_hotspots, write_hotspot_layers
from layers.analysis.indicators import Indicated, run_indicators, write_indicator_layers
from layers.analysis.inputs import PLACES_OF_WEIGHT, WEIGHTS
from layers.analysis.keeping import plain_results
from layers.analysis.made import Made
from layers.analysis.matching import Match, adoptions_of, run_match, write_match_layers
from layers.analysis.offers import Offer, read_offers
from layers.analysis.recipes import Analysis, kept_run, run_coverage, run_gaps
from layers.analysis.scenario import (
    Warm,
    WhatIf,
    run_scenario,
    warm_scenario,
)
from layers.analysis.siting import PLOTS, Siting, Wish, run_site, write_site_layers
from layers.analysis.verifying import made_again, verify_run
from layers.analysis.walking import NODINGS, UNCONNECTED, WALKWAYS, OnFoot

__all__ = [
    "EVENT",
    "NODINGS",
    "PLACES_OF_WEIGHT",
    "PLANS",
    "PLOTS",
    "UNCONNECTED",
    "WALKWAYS",
    "WEIGHTS",
    "Analysis",
    "Claimed",
    "Crosswalk",
    "Holes",
    "Hotspots",
    "Indicated",
    "Made",
    "Match",
    "Offer",
    "OnFoot",
    "Siting",
    "Warm",
    "WhatIf",
    "Wish",
    "adoptions_of",
    "kept_run",
    "made_again",
    "plain_results",
    "read_figures",
    "read_offers",
    "run_claim",
    "run_coverage",
    "run_crosswalk",
    "run_gaps",
    "run_holes",
    "run_hotspots",
    "run_indicators",
    "run_match",
    "run_scenario",
    "run_site",
    "verify_run",
    "warm_scenario",
    "write_claim_layers",
    "write_crosswalk_layers",
    "write_geopackage",
    "write_hole_layers",
    "write_hotspot_layers",
    "write_indicator_layers",
    "write_match_layers",
    "write_site_layers",
]
