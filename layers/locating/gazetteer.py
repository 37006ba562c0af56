"""All names that a store knows: units, compounds, buildings, place names."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
from geopandas import GeoDataFrame

from layers.clock import today
from layers.locating.wording import Gazetteer, Place, fold_name
from layers.store import Scope, Store
from layers.territory import LEVELS

NAMING = ("building", "compound", "place_name", "grid_cell", *LEVELS)
"""Kinds whose features have names that descriptions use."""


def gazetteer(store: Store, *, scope: Scope = Scope.all()) -> Gazetteer:
    """Collect the names that a store knows today.

    A building is called by its code, by its compound's name and its own, and by its own name
    where that says more than a number: there is a 3号楼 in every compound.

    Raises
    ------
    ScopeError
    """
    frames = {
        kind: store.read(kind, on=today(), scope=scope) for kind in NAMING if kind in store.kinds
    }
    unit_codes = _unit_codes(frames)
    places: list[Place] = []
    for kind, frame in frames.items():
        units = _units_of(store, kind, unit_codes)
        names = _building_names(frame, frames["compound"]) if kind == "building" else _own(frame)
        places += [
            Place(uid=str(uid), kind=kind, names=found, units=units.get(uid, frozenset()))
            for uid, found in zip(frame.index, names, strict=True)
        ]
    return Gazetteer(places)


def _unit_codes(frames: dict[str, GeoDataFrame]) -> dict[str, str]:
    """Give the code of every unit by its uid."""
    codes = pd.concat([frames[level]["code"].dropna() for level in LEVELS])
    return {str(uid): str(code) for uid, code in codes.items()}


def _units_of(store: Store, kind: str, codes: dict[str, str]) -> dict[str, frozenset[str]]:
    """Give the codes of the units that each feature of a kind lies in."""
    territory = store.territory(kind, on=today())[list(LEVELS)]
    return {
        uid: frozenset(codes[unit] for unit in row if unit in codes)
        for uid, row in zip(territory.index, territory.itertuples(index=False), strict=True)
    }


def _own(frame: GeoDataFrame) -> Iterator[tuple[str, ...]]:
    for code, name in zip(frame["code"], frame["name"], strict=True):
        yield tuple(str(each) for each in (code, name) if pd.notna(each))


def _building_names(frame: GeoDataFrame, compounds: GeoDataFrame) -> Iterator[tuple[str, ...]]:
    known = compounds.drop_duplicates("code", keep=False).dropna(subset=["code"])
    names = frame["compound_code"].map(known.set_index("code")["name"])
    for code, name, compound in zip(frame["code"], frame["name"], names, strict=True):
        called = [str(code)] if pd.notna(code) else []
        if pd.notna(name):
            called += _called(str(name), None if pd.isna(compound) else str(compound))
        yield tuple(called)


def _called(name: str, compound: str | None) -> list[str]:
    """Give the names of a building: a bare number is none without the compound's name."""
    own = fold_name(name)
    number = own.removesuffix("号楼").removesuffix("号").removesuffix("楼")
    if number.isdecimal():
        return [] if compound is None else [f"{compound}{int(number)}号楼"]
    if compound is None or fold_name(compound) in own:
        return [own]
    return [own, f"{compound}{own}"]
