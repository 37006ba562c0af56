"""The register of the campaign: bare plots, plots to adopt, adopters, adoptions, care logs."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np
from numpy.random import Generator
from shapely.geometry.base import BaseGeometry

from layers.demo.bare import BarePlot
from layers.demo.frames import Row
from layers.demo.names import Names
from layers.demo.streams import one_of, pick
from layers.demo.town import Town

_PLOT_TYPES = {
    "old": {"house_surround": 5, "demolished": 4, "idle": 2},
    "compound": {"house_surround": 5, "unit_idle_land": 2, "idle": 2},
    "tower": {"building_site": 3, "idle": 2},
    "commercial": {"idle": 3, "demolished": 3, "building_site": 3},
    "hillside": {"slope": 5, "house_surround": 4},
    "village": {"village_idle_land": 6, "house_surround": 2},
    "field": {"village_idle_land": 4, "reserve_land": 4},
    "industrial": {"unit_idle_land": 4, "reserve_land": 4},
    "bank": {"roadside": 5, "natural_bare": 2},
    "wooded": {"slope": 5, "quarry": 1, "natural_bare": 3},
}
_STATUS = {
    "surveyed": 48, "planned": 20, "in_treatment": 12, "treated": 8, "accepted": 9, "relapsed": 3,
}  # fmt: skip
_UNMANAGED_SHARE = 0.17


def bare_code(town: Town, serial: int) -> str:
    """Compose the code of a bare plot."""
    return town.code("LT", serial)


def bare_rows(town: Town) -> list[Row]:
    """List the bare plots; those in the gaps of the green are all still waiting."""
    chance = town.chance("bare/register")
    grids = town.grids_of([plot.shape for plot in town.bare])
    return [
        _bare(town, serial, plot, grid, chance)
        for serial, (plot, grid) in enumerate(zip(town.bare, grids, strict=True), start=1)
    ]


def _bare(
    town: Town, serial: int, plot: BarePlot, grid: str | None, chance: Generator
) -> dict[str, Any]:
    plot_type = pick(chance, _PLOT_TYPES.get(plot.use, {"idle": 1}))
    unmanaged = chance.random() < _UNMANAGED_SHARE
    status = pick(chance, {"surveyed": 7, "planned": 3} if plot.helps else _STATUS)
    done = status in {"treated", "accepted"}
    return {
        "code": bare_code(town, serial),
        "name": f"{serial}号裸露地块",
        "plot_type": plot_type,
        "tenure": pick(chance, _tenures(plot_type, unmanaged=unmanaged)),
        "is_unmanaged": unmanaged,
        "area_m2": plot.shape.area,
        "location": f"网格{grid[-3:]}内" if grid else None,
        "grid_code": grid,
        "site_condition": pick(
            chance,
            {"good_soil": 4, "thin_soil": 4, "rubble": 4, "compacted": 3, "steep": 2, "rocky": 1},
        ),
        "treatment": pick(chance, {"plant": 6, "garden": 3, "cover": 2, "pave": 1, "none": 1}),
        "target_date": None if done else town.today + dt.timedelta(int(chance.integers(-60, 400))),
        "status": status,
        "owner_org": None if unmanaged else one_of(chance, _owners(town)),
        "responsible_org": None if unmanaged else one_of(chance, _departments(town)),
        "surveyed_on": town.before(int(chance.integers(25, 240))),
        "source": "春季摸排",
        "geometry": plot.shape,
    }


def _tenures(plot_type: str, *, unmanaged: bool) -> dict[str, float]:
    if unmanaged:
        return {"unknown": 5, "disputed": 3}
    return {
        "village_idle_land": {"collective": 9.0, "state": 1.0},
        "reserve_land": {"reserve": 1.0},
        "unit_idle_land": {"organisation": 1.0},
    }.get(plot_type, {"state": 7.0, "organisation": 2.0, "collective": 1.0})


def _departments(town: Town) -> Sequence[str]:
    return [str(name) for name in town.plan.part("organisations")["departments"]]


def _owners(town: Town) -> Sequence[str]:
    offices = [f"{unit.name}办事处" for unit in town.territory.of("street")]
    return [*_departments(town)[:3], *offices]


@dataclass(frozen=True)
class Offer:
    """A piece of ground offered for adoption, and what it was or is."""

    code: str
    shape: BaseGeometry
    bare: str | None
    green: str | None
    is_bare: bool


def plot_offers(town: Town) -> list[Offer]:
    """Choose what is offered: treated bare plots, others in hand, and parts of small greens."""
    chance = town.chance("plots")
    rows = bare_rows(town)
    offered: list[tuple[BaseGeometry, str | None, str | None, bool]] = []
    for row in rows:
        likely = {"treated": 1.0, "accepted": 1.0, "relapsed": 1.0, "in_treatment": 0.7}
        if chance.random() < likely.get(row["status"], 0.22) and 60 <= row["area_m2"] <= 4000:
            is_bare = row["status"] in {"surveyed", "planned"}
            offered.append((row["geometry"], row["code"], None, is_bare))
    for serial, green in enumerate(town.greens, start=1):
        if green.class_code in {"G14", "RG"} and green.shape.area < 2600 and chance.random() < 0.4:
            offered.append((green.shape.buffer(-1.0), None, town.code("LD", serial), False))
    return [Offer(town.code("RY", serial), *offer) for serial, offer in enumerate(offered, start=1)]


def plot_rows(town: Town) -> list[Row]:
    """List the plots offered for adoption."""
    chance = town.chance("plots/register")
    offers = plot_offers(town)
    grids = town.grids_of([offer.shape for offer in offers])
    planting = {
        "tree": 4, "flower": 6, "shrub": 2, "lawn": 1, "science_farm": 2, "science_orchard": 2,
        "science_herb_garden": 2, "charity_vegetable_garden": 3,
    }  # fmt: skip
    return [
        {
            "code": offer.code,
            "name": f"认养{offer.code[-4:]}号地",
            "planting_type": pick(chance, planting),
            "adoption_kind": pick(chance, {"build": 2, "maintain": 6, "manage": 2}),
            "bare_land_code": offer.bare,
            "green_code": offer.green,
            "area_m2": offer.shape.area,
            "grid_code": grid,
            "responsible_org": one_of(chance, _owners(town)),
            "surveyed_on": town.before(int(chance.integers(25, 240))),
            "geometry": offer.shape,
        }
        for offer, grid in zip(offers, grids, strict=True)
    ]


def adopter_rows(town: Town) -> list[Row]:
    """List the adopters: organisations and groups, never persons."""
    chance = town.chance("adopters")
    names = Names(town.chance("adopters/names"))
    found: list[tuple[str, str]] = [(name, "department") for name in _departments(town)[:8]]
    found += [
        (entry["name"], "public_institution")
        for entry in town.plan.part("special")
        if entry["use"] in {"school", "hospital"}
    ][:6]
    found += [names.organisation() for _ in range(16)]
    for unit in town.territory.of("community"):
        found.append((f"{unit.name}党支部", "party_branch"))
        found.append((f"{unit.name}居民认养小组", "residents"))
    found += [("青岭区三长联盟", "three_heads"), ("青岭区党员干部突击队", "cadres")]
    found += [("青岭党建联盟单位", "alliance_unit")]
    return [
        {
            "code": town.code("RYR", serial, 3),
            "name": name,
            "adopter_kind": kind,
            "org": name,
            "households": int(chance.integers(5, 42)) if kind == "residents" else None,
        }
        for serial, (name, kind) in enumerate(found, start=1)
    ]


# How each plot stands: the state, and for plots under care how the care goes. Ground that still
# lies bare is only on its way to an adopter.
FATES: tuple[tuple[str, str], ...] = (
    ("active", "alive"),
    ("active", "care too old"),
    ("active", "alive"),
    ("renewed", "alive"),
    ("active", "survival too low"),
    ("available", ""),
    ("active", "alive"),
    ("expired", "ended"),
    ("active", "alive"),
    ("terminated", "ended"),
    ("active", "term over"),
    ("active", "never cared for"),
    ("relocated", "ended"),
    ("active", "alive"),
)
FATES_OF_BARE_GROUND: tuple[tuple[str, str], ...] = (
    ("available", ""),
    ("applied", ""),
    ("confirmed_on_site", ""),
    ("available", ""),
    ("agreed", "not begun"),
)


# What the register's note says of each fate.
FATE_NOTES: Mapping[str, str] = {
    "alive": "长势良好",
    "care too old": "养护超期",
    "survival too low": "成活率不足",
    "term over": "协议到期未续",
    "never cared for": "从未养护",
    "not begun": "尚未开始",
    "ended": "已结束",
}


def adoption_rows(town: Town) -> list[Row]:
    """List the adoptions in every state; `note` says in words how each stands."""
    chance = town.chance("adoptions")
    adopters = adopter_rows(town)
    tended, on_its_way = cycle(FATES), cycle(FATES_OF_BARE_GROUND)
    rows = []
    for serial, offer in enumerate(plot_offers(town), start=1):
        state, fate = next(on_its_way if offer.is_bare else tended)
        adopter = adopters[int(chance.integers(len(adopters)))]
        start, end, ended = _term(town, state, fate, chance)
        rows.append(
            {
                "code": adoption_code(town, serial),
                "plot_code": offer.code,
                "adopter_code": None if state == "available" else adopter["code"],
                "adoption_kind": pick(chance, {"build": 2, "maintain": 6, "manage": 2}),
                "contribution": pick(chance, {"work": 5, "money": 2, "both": 3}),
                "state": state,
                "applied_on": None
                if state == "available"
                else (start or town.today) - dt.timedelta(int(chance.integers(15, 60))),
                "agreed_from": start,
                "agreed_to": end,
                "ended_on": ended,
                "care_interval_days": int(chance.choice([30, 45, 60])),
                "survival_share_required": float(chance.choice([0.8, 0.85, 0.9])),
                "has_signboard": bool(offer.shape.area >= 1000 and chance.random() < 0.8),
                "note": FATE_NOTES.get(fate),
            }
        )
    return rows


def adoption_code(town: Town, serial: int) -> str:
    """Compose the code of an adoption."""
    return town.code("XY", serial)


def _term(
    town: Town, state: str, fate: str, chance: Generator
) -> tuple[dt.date | None, dt.date | None, dt.date | None]:
    """Tell the first day of the term, the day after its last, and the day it ended early."""
    if state in {"available", "applied", "confirmed_on_site"}:
        return None, None, None
    began = int(chance.integers(150, 420))
    if fate == "not begun":
        start = town.today + dt.timedelta(int(chance.integers(10, 60)))
        return start, start + dt.timedelta(730), None
    if fate == "term over" or state == "expired":
        start = town.before(began + 380)
        return start, start + dt.timedelta(365), None
    start = town.before(began)
    end = start + dt.timedelta(365 * int(chance.integers(2, 4)))
    ended = town.before(int(chance.integers(10, 100))) if fate == "ended" else None
    return start, end, ended


def care_rows(town: Town, adoptions: Sequence[Mapping[str, Any]]) -> list[Row]:
    """List what was done on each plot, and how much of the planting was found alive."""
    chance = town.chance("care")
    fates = {note: fate for fate, note in FATE_NOTES.items()}
    rows: list[Row] = []
    for adoption in adoptions:
        fate, start = fates.get(adoption["note"], ""), adoption["agreed_from"]
        if fate in {"", "not begun", "never cared for"} or start is None:
            continue
        interval = int(adoption["care_interval_days"])
        last = adoption["ended_on"] or min(adoption["agreed_to"], town.today)
        if fate == "care too old":
            last = town.before(interval + int(chance.integers(12, 70)))
        else:
            last -= dt.timedelta(int(chance.integers(1, max(2, interval // 2))))
        days = np.arange(0, max((last - start).days, 1), max(interval - 6, 12))[::-1]
        required = float(adoption["survival_share_required"])
        for position, back in enumerate(days.tolist()):
            survival = _survival(required, fate, position / max(len(days) - 1, 1), chance)
            rows.append(_care(town, len(rows) + 1, adoption["code"], last, int(back), survival))
            rows[-1] |= {
                "work": _work(last - dt.timedelta(int(back)), chance),
                "participants": int(chance.integers(2, 24)),
            }
    return rows


def _care(
    town: Town, serial: int, adoption: str, last: dt.date, back: int, survival: float
) -> dict[str, Any]:
    return {
        "code": town.code("YH", serial, 5),
        "adoption_code": adoption,
        "cared_on": last - dt.timedelta(back),
        "survival_share": survival,
    }


def _survival(required: float, fate: str, progress: float, chance: Generator) -> float:
    drop = 0.32 * progress if fate == "survival too low" else 0.03 * progress
    base = required + (1.0 - required) * 0.7
    return round(float(np.clip(base - drop + chance.normal(0.0, 0.008), 0.2, 1.0)), 2)


def _work(day: dt.date, chance: Generator) -> list[str]:
    if day.month in {11, 12, 1, 2, 3}:
        return ["inspection"] if chance.random() < 0.6 else ["winter_protection", "inspection"]
    works = ("watering", "weeding", "pruning", "fertilising", "pest_control", "replanting")
    some = chance.permutation(len(works))[: int(chance.integers(1, 4))]
    return [*sorted(works[i] for i in some.tolist()), "cleaning"]
