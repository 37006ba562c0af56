"""A year of grid events: quiet Sundays, busy Mondays, snow and heating in winter."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.random import Generator
from shapely import Point

from layers.demo.frames import Row
from layers.demo.streams import one_of, pick
from layers.demo.town import Town

_DAYS = 365
_PER_DAY = 7.4
_WITHOUT_PLACE_SHARE = 0.06
_BEIJING = dt.timezone(dt.timedelta(hours=8))
# Monday first.
_WEEK = (1.35, 1.1, 1.05, 1.0, 1.1, 0.75, 0.55)
# January first: snow, ice and heating make the winter.
_YEAR = (1.55, 1.35, 1.15, 1.0, 0.9, 0.85, 0.95, 0.95, 0.8, 0.95, 1.25, 1.6)
_OPEN_STATES = ("reported", "triaged", "whistled", "checked_in", "in_progress", "feedback",
                "accepted", "returned")  # fmt: skip
_CLOSED_STATES = {"archived": 55, "closed": 24, "resolved_in_grid": 15, "rejected": 6}


@dataclass(frozen=True)
class _Class:
    major: str
    code: str
    system: str
    winter: float
    summer: float
    hours: int
    near: str


_CLASSES = (
    _Class("appearance", "exposed_rubbish", "local", 2.0, 3.0, 24, "home"),
    _Class("appearance", "02", "market_appearance_6", 0.8, 1.2, 24, "home"),
    _Class("appearance", "03", "market_appearance_6", 0.6, 1.4, 96, "street"),
    _Class("appearance", "plant_care", "local", 0.1, 1.8, 120, "green"),
    _Class("appearance", "06", "market_appearance_7", 0.1, 0.8, 120, "green"),
    _Class("appearance", "bare_land", "local", 0.2, 1.6, 240, "bare"),
    _Class("appearance", "illegal_structure", "local", 0.6, 1.2, 360, "home"),
    _Class("construction", "road_damage", "local", 0.7, 1.4, 168, "street"),
    _Class("construction", "cover_problem", "local", 1.2, 1.4, 24, "street"),
    _Class("construction", "noise", "local", 0.4, 1.3, 24, "home"),
    _Class("advertising", "facility_damage", "local", 0.7, 0.9, 72, "street"),
    _Class("street_order", "parking", "local", 1.4, 1.4, 12, "street"),
    _Class("emergency", "snow_ice", "local", 5.0, 0.0, 12, "street"),
    _Class("emergency", "heating", "local", 4.2, 0.0, 24, "home"),
    _Class("other", "street_light", "local", 1.2, 0.7, 48, "street"),
    _Class("other", "property_service", "local", 1.5, 1.5, 168, "home"),
    _Class("other", "neighbour_dispute", "local", 0.8, 0.9, 168, "home"),
)
_CHANNELS = {"grid": 46, "hotline": 27, "app": 14, "visit": 5, "inspection": 5, "online": 3}


def event_rows(town: Town) -> list[Row]:
    """List the events of the year before the town's reference date, in order of their report."""
    chance = town.chance("events")
    moments = _moments(town, chance)
    places = _Places(town)
    rows = []
    for serial, moment in enumerate(moments, start=1):
        kind = _class_of(moment, chance)
        point, lot = places.near(kind.near, chance)
        rows.append(_event(town, serial, moment, kind, chance) | _where(town, point, lot, chance))
    return rows


def _moments(town: Town, chance: Generator) -> list[dt.datetime]:
    """Draw the moments of report: by season, by weekday, mostly in office hours."""
    moments = []
    for back in range(_DAYS, 0, -1):
        day = town.before(back)
        for _ in range(int(chance.poisson(_PER_DAY * _WEEK[day.weekday()] * _YEAR[day.month - 1]))):
            hour = float(np.clip(chance.normal(11.5, 3.4), 0.2, 23.6))
            moment = dt.datetime.combine(day, dt.time(), _BEIJING) + dt.timedelta(hours=hour)
            moments.append(moment.replace(microsecond=0))
    return sorted(moments)


def _class_of(moment: dt.datetime, chance: Generator) -> _Class:
    cold = moment.month in {11, 12, 1, 2, 3}
    weights = {str(i): kind.winter if cold else kind.summer for i, kind in enumerate(_CLASSES)}
    return _CLASSES[int(pick(chance, weights))]


def _event(
    town: Town, serial: int, moment: dt.datetime, kind: _Class, chance: Generator
) -> dict[str, Any]:
    noon = dt.datetime.combine(town.today, dt.time(12), _BEIJING)
    due = moment + dt.timedelta(hours=kind.hours)
    took = dt.timedelta(hours=float(chance.lognormal(np.log(kind.hours * 0.45), 0.75)))
    closed = (moment + took).replace(microsecond=0)
    lingers = chance.random() < 0.015
    is_open = closed > noon or lingers
    state = one_of(chance, _OPEN_STATES) if is_open else pick(chance, _CLOSED_STATES)
    level = pick(chance, {"3": 78, "2": 18, "1": 4})
    whistled = state not in {"reported", "rejected", "triaged", "resolved_in_grid"}
    return {
        "code": f"{town.county}{'06' if kind.major == 'other' else '01'}001{serial:05d}",
        "major_class": kind.major,
        "class_code": kind.code,
        "code_system": kind.system,
        "state": state,
        "level": level,
        "reported_at": moment,
        "due_at": due,
        "closed_at": None if is_open else closed,
        "channel": pick(chance, _CHANNELS),
        "whistle_kind": _whistle(kind, level) if whistled and chance.random() < 0.5 else None,
        "responsible_org": one_of(chance, town.plan.part("organisations")["departments"]),
    }


def _whistle(kind: _Class, level: str) -> str:
    if kind.major == "emergency":
        return "emergency"
    return "tough" if level == "1" else "daily"


def _where(town: Town, point: Point, lot: str, chance: Generator) -> dict[str, Any]:
    grid = town.territory.grid_of_cell[lot]
    if chance.random() < _WITHOUT_PLACE_SHARE:
        # Reported by telephone: only the community is known.
        return {"unit_kind": "community", "unit_code": grid[:12], "location": "来电未说明具体位置"}
    return {"unit_kind": "grid", "unit_code": grid, "geometry": point}


class _Places:
    """Draws places where events of some kind happen, each with its lot."""

    def __init__(self, town: Town) -> None:
        self._town = town
        people = np.array([(b.population or 0) + 1.0 for b in town.buildings])
        self._by_people = np.cumsum(people) / people.sum()
        self._lots: Mapping[str, Sequence[tuple[Any, str]]] = {
            "green": [(green.shape, green.lot) for green in town.greens],
            "bare": [(plot.shape, plot.lot) for plot in town.bare],
        }

    def near(self, what: str, chance: Generator) -> tuple[Point, str]:
        """Draw a place."""
        if what in self._lots:
            shape, lot = self._lots[what][int(chance.integers(len(self._lots[what])))]
            return shapely.set_precision(shape.representative_point(), 0.01), lot
        index = int(np.searchsorted(self._by_people, chance.random()))
        building = self._town.buildings[index]
        if what == "street":
            edge = self._town.ground.lots[building.lot].land.exterior
            spot = edge.interpolate(float(chance.random()), normalized=True)
        else:
            ring = building.shape.buffer(2.0).exterior
            spot = ring.interpolate(float(chance.random()), normalized=True)
        return shapely.set_precision(spot, 0.01), building.lot
