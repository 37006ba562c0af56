"""Geometry and numbers of green space, and of who has it within reach.

Pure functions over geopandas objects: nothing here reads files, asks a database or speaks to a
user. Every measure first states its contract (a common reference system in metres, geometry
families) and refuses what does not meet it; inputs are never changed, their index survives, and
names carry units: `distance_m`, `area_m2`, `covered_share` (0 to 1).
"""

from gis import errors
from gis.covering.claims import ClaimData, ClaimResult, check_claim
from gis.covering.coverage import CoverageResult, coverage
from gis.covering.figures import TierFigure
from gis.covering.gaps import rank_gaps
from gis.covering.indicators import IndicatorsResult, indicators
from gis.covering.sensitivity import SensitivityResult, sensitivity
from gis.covering.share import share_covered, shares_covered
from gis.datum import convert_datum
from gis.ground.areas import AreasResult, areas_from_buildings
from gis.ground.cells import square_cells
from gis.ground.crosswalk import CrosswalkResult, crosswalk
from gis.ground.holes import HolesResult, find_holes
from gis.ground.hotspots import HotspotsResult, hotspots
from gis.ground.location import locate_in_units
from gis.ground.matching import MatchResult, match_adopters
from gis.ground.spreading import SpreadResult, spread_households
from gis.nearness.distance import distance_to_nearest
from gis.nearness.nearest_index import NearestIndex
from gis.positions import Positions
from gis.presets import presets
from gis.rules import RuleSet, Tier
from gis.siting.choosing import Certificate, SiteChoice, choose_sites
from gis.siting.greening import Greening, join_plots
from gis.siting.scenario import Changed, Scenario
from gis.siting.worth import PlotWorth, plot_worth
from gis.walks.network import WalkNetwork
from gis.walks.walk_pictures import draw_reach
from gis.walks.walking import walking_distance

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
