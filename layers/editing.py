"""One feature as a program sends it, held against its kind by the checks of an import.

A file is taken with what is right in it; here there is one feature, and somebody who waits for an
answer. So whatever an import would warn of or leave out is refused, all of it at once.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from layers.axes import are_alike, as_written
from layers.checking.rows import check_coordinates
from layers.errors import LayersError
from layers.importing import Problem
from layers.importing.checks import Register, Rows
from layers.importing.checks.codes import check_references
from layers.importing.findings import Findings
from layers.importing.problems import Severity
from layers.importing.shapes import check_families, fit_forms, without
from layers.importing.values import CODE_SYSTEM_FIELD, convert_cells
from layers.importing.waiting import says_where
from layers.kinds import Kind
from layers.store import PlainRows, Scope, Store

GEOMETRY = "geometry"
"""The field under which faults of a place are told."""

MAX_VERTICES = 100_000
"""So many corners a place that is sent may have."""

_PLAIN = (str, int, float, bool, type(None))
_TOO_LARGE = 2**63  # for an integer column of either backend
_TERM = ("valid_from", "valid_to")
_REFERENCES = ("refers_to_nothing", "reference_spelt_otherwise")


class FeatureFaultyError(LayersError, ValueError):
    """Refuse a feature; `problems` say everything that is wrong, `fields` name where."""

    code = "feature_faulty"
    names = ("kind", "fields", "problems")


class FeatureExistsError(LayersError, ValueError):
    """Refuse to add a feature whose uid another one has or had."""

    code = "feature_exists"
    names = ("kind", "uid")


class PlaceTooDetailedError(LayersError, ValueError):
    """Refuse a place of more corners than may be sent at once."""

    code = "place_too_detailed"
    names = ("found", "allowed")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What somebody sends of a feature: properties by field, and its place as GeoJSON in `crs`.

    `names` are the fields that are written, `GEOMETRY` among them where the place is. What is
    wrong with others is not said: they stay as they are.
    """

    properties: Mapping[str, Any]
    place: Mapping[str, Any] | None
    crs: str
    names: frozenset[str]


def fit(store: Store, kind: Kind, sent: Sent, *, scope: Scope, uid: str | None = None) -> PlainRows:
    """Give what is sent the form in which it is written: one row, with the columns of `names`.

    Parameters
    ----------
    kind
        With the fields that whoever sends it may see.
    scope
        Codes may only refer to what it shows.
    uid
        The feature that it is, or will be; without one its key must still be free.

    Raises
    ------
    FeatureFaultyError, PlaceTooDetailedError
    """
    findings = Findings(np.array([1]))
    names = _with_companions(kind, sent.names)
    values = _values(kind, sent, findings)
    places = _places(store, kind, sent, values, findings)
    if not _refused(findings, names):
        _check_references(store, kind, values, findings, scope)
        _check_key(store, kind, values[kind.key_field], findings, scope, uid)
    problems = _refused(findings, names)
    if problems:
        fields_of = dict.fromkeys(one.field or GEOMETRY for one in problems)
        raise FeatureFaultyError(kind=kind.key, fields=tuple(fields_of), problems=problems)
    return PlainRows(
        count=1,
        uids=None if uid is None else (uid,),
        columns={key: (value,) for key, value in values.items() if key in sent.names},
        places=places if GEOMETRY in sent.names and kind.is_spatial else None,
    )


def require_unused(store: Store, kind: str, uid: str) -> None:
    """Refuse a uid that a feature of the layer has, or had.

    Raises
    ------
    FeatureExistsError
    """
    if store.feature_revisions(kind, [uid]).iloc[0]:
        raise FeatureExistsError(kind=kind, uid=uid)


def _with_companions(kind: Kind, names: Collection[str]) -> frozenset[str]:
    """Add the fields that are judged together with those that are written."""
    judged = set(names)
    if judged & set(_TERM):
        judged |= set(_TERM)
    if CODE_SYSTEM_FIELD in judged:
        judged |= {field.key for field in kind.fields if field.code_systems}
    return frozenset(judged)


def _refused(findings: Findings, names: Collection[str]) -> tuple[Problem, ...]:
    return tuple(
        one
        for one in findings.problems()
        if (one.severity is Severity.ERROR or one.code in _REFERENCES)
        and (one.code == "field_unknown" or (one.field or GEOMETRY) in names)
    )


def _values(kind: Kind, sent: Sent, findings: Findings) -> dict[str, object]:
    known = {field.key: field for field in kind.fields}
    for name in sorted(set(sent.properties) - set(known)):
        findings.add(0, "field_unknown", name, found=name, allowed=list(known))
    cells = {key: _cell(key, sent.properties.get(key), findings) for key in known}
    return convert_cells(kind.fields, cells, findings)


def _cell(key: str, value: Any, findings: Findings) -> Any:
    """Give a value as a file would have it, or None for what no file can have."""
    if not isinstance(value, _PLAIN):
        findings.add(0, "value_composite", key, found=json.dumps(value, ensure_ascii=False))
        return None
    if isinstance(value, int) and abs(value) >= _TOO_LARGE:
        findings.add(0, "not_an_integer", key, found=str(value))
        return None
    return value


def _places(
    store: Store, kind: Kind, sent: Sent, values: Mapping[str, object], findings: Findings
) -> NDArray[np.object_]:
    nowhere = np.array([None], dtype=object)
    if GEOMETRY not in sent.names:
        return nowhere
    if sent.place is None:
        if kind.is_spatial and not _says_where(values, kind):
            findings.add(0, "geometry_missing")
        return nowhere
    if not kind.is_spatial:
        findings.add(0, "geometry_family", found=str(sent.place.get("type")), allowed=[])
        return nowhere
    drawn = _drawn(sent, findings)
    if drawn is None:
        return nowhere
    storage = store.settings.storage_crs
    places = np.array([drawn], dtype=object)
    if not are_alike(sent.crs, storage):
        places = GeoSeries(places, crs=sent.crs).to_crs(storage).to_numpy()
    check_families(places, kind, findings)
    places = check_coordinates(
        places, _system(storage), _system(store.settings.metric_crs), findings
    )
    return fit_forms(without(places, findings.rejected), kind, findings)


def _says_where(values: Mapping[str, object], kind: Kind) -> bool:
    row = pd.DataFrame({key: [value] for key, value in values.items()}, dtype=object)
    return bool(says_where(row, kind)[0])


@cache
def _system(name: str) -> CRS:
    return CRS.from_user_input(name)


def _drawn(sent: Sent, findings: Findings) -> shapely.Geometry | None:
    """Build the place that is sent, flat and with x to the east."""
    try:
        drawn = shapely.force_2d(shapely.from_geojson(json.dumps(sent.place)))
    except (shapely.GEOSException, ValueError, TypeError):
        findings.add(0, "geometry_unbuildable", reason="unreadable")
        return None
    vertices = int(shapely.get_num_coordinates(drawn))
    if vertices > MAX_VERTICES:
        raise PlaceTooDetailedError(found=vertices, allowed=MAX_VERTICES)
    if drawn is None or drawn.is_empty:
        findings.add(0, "geometry_missing")
        return None
    return as_written(drawn, sent.crs)


def _check_references(
    store: Store,
    kind: Kind,
    values: Mapping[str, object],
    findings: Findings,
    scope: Scope,
) -> None:
    refers = [field.key for field in kind.fields if field.refers_to or field.refers_by]
    if not any(values[key] for key in refers):
        return
    rows = Rows(
        kind=kind,
        fields=pd.DataFrame({key: [value] for key, value in values.items()}, dtype=object),
        places=GeoSeries([None]),
        judged=np.ones(1, dtype=bool),
        findings=findings,
        register=Register(store, scope.for_reading()),
    )
    check_references(rows)


def _check_key(
    store: Store,
    kind: Kind,
    key: object,
    findings: Findings,
    scope: Scope,
    uid: str | None,
) -> None:
    """Refuse a key that another feature has, as far as whoever sends it can see."""
    if key is None:
        return
    if set(store.with_key(kind.key, str(key), scope=scope.for_reading())) - {uid}:
        findings.add(0, "key_exists", kind.key_field, key=str(key))
