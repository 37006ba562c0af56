"""Geometry and numbers of green space, and of who has it within reach.

Pure functions over geopandas objects: nothing here reads files, asks a database or speaks to a
user. Every measure first states its contract (a common reference system in metres, geometry
families) and refuses what does not meet it; inputs are never changed, their index survives, and
names carry units: `distance_m`, `area_m2`, `covered_share` (0 to 1).
"""

from gis import errors
from gis.areas import AreasResult, areas_from_buildings
from gis.cells import square_cells
from gis.claims import ClaimData, ClaimResult, check_claim
from gis.coverage import CoverageResult, coverage
from gis.crosswalk import CrosswalkResult, crosswalk
from gis.datum import convert_datum
from gis.distance import distance_to_nearest
from gis.figures import TierFigure
from gis.gaps import rank_gaps
from gis.greening import Greening, join_plots
from gis.holes import HolesResult, find_holes
from gis.hotspots import HotspotsResult, hotspots
from gis.indicators import IndicatorsResult, indicators
from gis.location import locate_in_units
from gis.matching import MatchResult, match_adopters
from gis.nearest_index import NearestIndex
from gis.network import WalkNetwork
from gis.positions import Positions
from gis.presets import presets
from gis.rules import RuleSet, Tier
from gis.scenario import Changed, Scenario
from gis.sensitivity import SensitivityResult, sensitivity
from gis.share import share_covered, shares_covered
from gis.siting import Certificate, SiteChoice, choose_sites
from gis.spreading import SpreadResult, spread_households
from gis.walk_pictures import draw_reach
from gis.walking import walking_distance
from gis.worth import PlotWorth, plot_worth

__all__ = [
    "AreasResult",
    "Certificate",
    "Changed",
    "ClaimData",
    "ClaimResult",
    "CoverageResult",
    "CrosswalkResult",
    "Greening",
    "HolesResult",
    "HotspotsResult",
    "IndicatorsResult",
    "MatchResult",
    "NearestIndex",
    "PlotWorth",
    "Positions",
    "RuleSet",
    "Scenario",
    "SensitivityResult",
    "SiteChoice",
    "SpreadResult",
    "Tier",
    "TierFigure",
    "WalkNetwork",
    "areas_from_buildings",
    "check_claim",
    "choose_sites",
    "convert_datum",
    "coverage",
    "crosswalk",
    "distance_to_nearest",
    "draw_reach",
    "errors",
    "find_holes",
    "hotspots",
    "indicators",
    "join_plots",
    "locate_in_units",
    "match_adopters",
    "plot_worth",
    "presets",
    "rank_gaps",
    "sensitivity",
    "share_covered",
    "shares_covered",
    "spread_households",
    "square_cells",
    "walking_distance",
]
