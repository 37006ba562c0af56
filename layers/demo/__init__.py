"""The demo town: a fictional district in a mountain valley, the same for the same seed.

Nothing in it is taken from anywhere: its plan is `town.toml`, the rest is drawn by chance from
streams that depend on the seed alone. Every layer of the registry is filled, except photos, as
there is nothing real to photograph.
"""

import datetime as dt

from geopandas import GeoDataFrame

from layers.demo import adoption, duties, events, greenery, homes, land, objects, squares, walkways
from layers.demo.canonical import canonical_geojson, checksum
from layers.demo.frames import METRIC_CRS, STORAGE_CRS, Row, to_frame
from layers.demo.plan import read_plan
from layers.demo.town import Town, raise_town

__all__ = [
    "DEFAULT_SEED",
    "METRIC_CRS",
    "STORAGE_CRS",
    "build_town",
    "canonical_geojson",
    "checksum",
    "reference_date",
]

DEFAULT_SEED = 1


def reference_date() -> dt.date:
    """Tell the day as of which the town's plan was drawn up."""
    return read_plan().part("territory")["reference_date"]


def build_town(
    seed: int = DEFAULT_SEED, *, today: dt.date | None = None
) -> dict[str, GeoDataFrame]:
    """Build every layer of the demo town.

    Parameters
    ----------
    seed
        Of all chance in the town.
    today
        The day to which terms, care logs and events lead up; the plan's day by default.

    Returns
    -------
    layers
        By kind: frames in the storage CRS, indexed by uid, with the columns that the kind declares.
    """
    town = raise_town(seed, today)
    rows = {level: land.unit_rows(town, level) for level in _LEVELS}
    rows |= _ground_rows(town) | _thing_rows(town) | _record_rows(town)
    return {key: to_frame(key, rows[key]) for key in rows}


_LEVELS = ("district", "street", "community", "grid")


def _ground_rows(town: Town) -> dict[str, list[Row]]:
    return {
        "grid_cell": land.unit_cell_rows(town),
        "compound": homes.compound_rows(town),
        "building": homes.building_rows(town),
        "residential_land": homes.residential_rows(town),
        "population_cell": homes.population_rows(town),
        "green_space": greenery.green_rows(town),
        "green_entrance": greenery.entrance_rows(town),
        "scenic_spot": greenery.scenic_rows(town),
        "road": land.road_rows(town),
        "walkway": walkways.walkway_rows(town),
        "water": land.water_rows(town),
        "place_name": land.place_name_rows(town),
    }


def _thing_rows(town: Town) -> dict[str, list[Row]]:
    things = {
        "manhole_cover": objects.cover_rows(town),
        "granite_ball": objects.ball_rows(town),
        "dead_tree": objects.tree_rows(town),
        "wall_surface": objects.wall_rows(town),
    }
    return {
        **things,
        "painting": objects.painting_rows(town, things),
        "red_square": squares.square_rows(town),
        "square_facility": squares.facility_rows(town),
        "service_station": squares.station_rows(town),
        "photo": [],
    }


def _record_rows(town: Town) -> dict[str, list[Row]]:
    compounds = homes.compound_rows(town)
    adoptions = adoption.adoption_rows(town)
    return {
        "bare_land": adoption.bare_rows(town),
        "adoption_plot": adoption.plot_rows(town),
        "adopter": adoption.adopter_rows(town),
        "adoption": adoptions,
        "care_log": adoption.care_rows(town, adoptions),
        "property_area": duties.property_rows(town, compounds),
        "responsibility": duties.responsibility_rows(town),
        "rating": duties.rating_rows(town, compounds),
        "grid_event": events.event_rows(town),
    }
