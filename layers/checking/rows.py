"""Features of one layer against their kind, by the checks that rows of a file go through."""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from layers.importing.checks import Register, Rows, check_among_others
from layers.importing.datum import beyond_degrees, far_corner, outside_area
from layers.importing.findings import Findings
from layers.importing.keys import key_text, keys_of
from layers.importing.mapping import ColumnMatch, How, Matches
from layers.importing.mapping import Mapping as NoMapping
from layers.importing.problems import Severity
from layers.importing.shapes import check_families, check_validity, without
from layers.importing.values import convert_columns
from layers.importing.waiting import says_where
from layers.kinds import FieldType, Kind

_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# With an offset, or a Z, at its end; PostgreSQL writes hours alone.
_ZONED = re.compile(r".*(Z|[+-]\d\d(:?\d\d)?)$")
_NOT_UTF8 = "\ufffd"
_GEOMETRY = "geometry"
_CODES_BY_SHAPE = ("geometry", "coordinates")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing wrong with one feature; `code` and `values` are those of an import's problem.

    `shape` is the ground that it is about, in the storage CRS, where that is not the feature.
    """

    kind: str
    key: str
    uid: str
    field: str | None
    code: str
    severity: Severity
    values: Mapping[str, object]
    shape: shapely.Geometry | None = None

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        plain = {name: value for name, value in vars(self).items() if name != "shape"}
        return {**plain, "severity": self.severity.value, "values": dict(self.values)}


def check_rows(
    kind: Kind, features: GeoDataFrame, written: pd.DataFrame, *, metric_crs: str
) -> list[Finding]:
    """Check features as the store reads them beside their values as they are written.

    Parameters
    ----------
    features
        Indexed by uid, with every field of the kind; in the storage CRS.
    written
        Indexed alike: see `Store.as_written`.
    metric_crs
        What the store measures in; what lies far outside its area of use cannot be measured.
    """
    findings = Findings(np.arange(len(features)))
    written = written.reindex(features.index)
    _check_uids(features.index, findings)
    _check_readable(kind, features, written, findings)
    _check_values(kind, features, findings)
    if kind.is_spatial:
        _check_places(kind, features, written, CRS.from_user_input(metric_crs), findings)
    keys = _keys(kind, features)
    return [
        Finding(
            kind=kind.key,
            key=keys[problem.row],
            uid=str(features.index[problem.row]),
            field=_GEOMETRY if problem.code.startswith(_CODES_BY_SHAPE) else problem.field,
            code=problem.code,
            severity=problem.severity,
            values=problem.values,
        )
        for problem in findings.problems()
    ]


def check_neighbours(
    kind: Kind, features: GeoDataFrame, register: Register, judged: Collection[str] | None
) -> list[Finding]:
    """Check features among each other and the rest of the register; see `layers.importing.checks`.

    Only what is wrong with those of `judged`, or with any, is said; of two that are probably one,
    the second.
    """
    places = features.geometry if kind.is_spatial else GeoSeries([None] * len(features))
    places = places.set_crs(register.store.settings.storage_crs, allow_override=True)
    findings = Findings(np.arange(len(features)))
    asked = np.ones(len(features), dtype=bool)
    if judged is not None:
        asked = features.index.isin(list(judged))
    plain = features.reset_index(drop=True)
    rows = Rows(
        kind=kind,
        fields=plain,
        places=register.in_metres(places.reset_index(drop=True)),
        judged=np.ones(len(features), dtype=bool),
        findings=findings,
        register=register,
    )
    check_among_others(rows)
    keys = _keys(kind, features)
    names = [key or str(uid) for key, uid in zip(keys, features.index, strict=True)]
    problems = findings.problems()
    twin_of = {problem.row: problem.found("row") for problem in problems}
    return [
        Finding(
            kind=kind.key,
            key=keys[problem.row],
            uid=str(features.index[problem.row]),
            field=problem.field or _GEOMETRY,
            code=problem.code.replace("_in_file", "_in_store"),
            severity=problem.severity,
            values=_by_key(problem.values, names),
        )
        for problem in problems
        if asked[problem.row] and not _is_said_already(problem.row, twin_of, asked)
    ]


def _by_key(values: Mapping[str, object], names: Sequence[str]) -> dict[str, object]:
    """Name another feature by its key instead of its row."""
    return {
        "key" if name == "row" else name: names[int(str(value))] if name == "row" else value
        for name, value in values.items()
    }


def _is_said_already(row: int, twin_of: Mapping[int, object], asked: NDArray[np.bool_]) -> bool:
    """Tell whether an earlier one will say that both are probably one."""
    other = twin_of.get(row)
    return isinstance(other, int) and other > row and twin_of.get(other) == row and asked[other]


def repeated_keys(kind: Kind, features: GeoDataFrame) -> list[Finding]:
    """Find features that share their key with another one of their layer."""
    keys = keys_of(features, (kind.key_field,))
    counted = pd.Series([None if key is None else key[0] for key in keys], dtype=object)
    number = counted.map(counted.value_counts())
    return [
        Finding(
            kind=kind.key,
            key=key_text(key),
            uid=str(uid),
            field=kind.key_field,
            code="key_ambiguous",
            severity=Severity.ERROR,
            values={"key": key_text(key), "features": int(times)},
        )
        for uid, key, times in zip(features.index, keys, number, strict=True)
        if key is not None and times > 1
    ]


def _keys(kind: Kind, features: GeoDataFrame) -> list[str]:
    codes = features[kind.key_field]
    return ["" if pd.isna(code) else str(code) for code in codes]


def _check_uids(uids: pd.Index, findings: Findings) -> None:
    for row, uid in enumerate(uids):
        if not (isinstance(uid, str) and _UUID.fullmatch(uid)):
            findings.add(row, "uid_malformed", "uid", found=str(uid))


def _check_readable(
    kind: Kind, features: GeoDataFrame, written: pd.DataFrame, findings: Findings
) -> None:
    """Name values that stand in the store and that nobody can read."""
    for field in kind.fields:
        values = features[field.key]
        if field.key not in written.columns:
            odd = values.str.contains(_NOT_UTF8, regex=False, na=False)
            for row in np.flatnonzero(odd).tolist():
                findings.add(row, "text_unreadable", field.key, found=values.iloc[row])
            continue
        stands = written[field.key]
        for row in np.flatnonzero(stands.notna() & values.isna()).tolist():
            findings.add(row, "value_unreadable", field.key, found=stands.iloc[row])
        if field.type is FieldType.DATETIME:
            zoned = stands.str.fullmatch(_ZONED).eq(other=True)
            for row in np.flatnonzero(stands.notna() & values.notna() & ~zoned).tolist():
                findings.add(row, "moment_without_zone", field.key, found=stands.iloc[row])


def _check_values(kind: Kind, features: GeoDataFrame, findings: Findings) -> None:
    """Have the values of fields read as those of a file are, under their own names."""
    matches = tuple(
        ColumnMatch(field=field, columns=(field.key,), how=How.HEADING) for field in kind.fields
    )
    cells = pd.DataFrame(
        {field.key: pd.Series(_cells(features[field.key]), dtype=object) for field in kind.fields}
    )
    same = Matches(
        fields=matches,
        not_stored=(),
        key_columns=(),
        key_fields=(),
        # In the store every value counts: what cannot be read is an error in any field.
        identifying=frozenset(field.key for field in kind.fields),
    )
    meant = convert_columns(cells, same, NoMapping(), findings)
    for field in kind.fields:
        if field.codes is None and not field.code_systems:
            continue
        pairs = zip(cells[field.key], meant[field.key], strict=True)
        for row, (found, code) in enumerate(pairs):
            if not pd.isna(code) and code != found:
                findings.add(row, "code_by_other_name", field.key, found=found, meant=code)


def _cells(values: pd.Series) -> list[Hashable]:
    return [
        None if missing else value
        for value, missing in zip(values.tolist(), pd.isna(values).tolist(), strict=True)
    ]


def _check_places(
    kind: Kind,
    features: GeoDataFrame,
    written: pd.DataFrame,
    metric_crs: CRS,
    findings: Findings,
) -> None:
    places = features.geometry.to_numpy()
    stands = written["geom"].notna().to_numpy()
    missing = shapely.is_missing(places)
    for row in np.flatnonzero(missing & stands).tolist():
        findings.add(row, "geometry_unbuildable", None, reason="unreadable")
    lacking = (missing & ~stands) | shapely.is_empty(places)
    for row in np.flatnonzero(lacking & ~says_where(features, kind)).tolist():
        findings.add(row, "geometry_missing")
    for row in np.flatnonzero(shapely.has_z(places) | shapely.has_m(places)).tolist():
        findings.add(row, "geometry_with_heights")
    drawn = without(places, missing | shapely.is_empty(places))
    check_families(drawn, kind, findings)
    drawn = check_coordinates(drawn, features.crs, metric_crs, findings)
    check_validity(drawn, findings)


def check_coordinates(
    places: NDArray[np.object_], storage_crs: CRS, metric_crs: CRS, findings: Findings
) -> NDArray[np.object_]:
    """Name places that are nowhere, and give the others."""
    bounds = shapely.bounds(places)
    present = ~shapely.is_missing(places)
    wrong = present & ~_finite(places)
    for row in np.flatnonzero(wrong).tolist():
        findings.add(row, "coordinates_not_a_number", found=places[row].wkt)
    if storage_crs.is_geographic:
        beyond = present & ~wrong & beyond_degrees(bounds)
        for row in np.flatnonzero(beyond).tolist():
            x, y = far_corner(bounds[row])
            findings.add(row, "coordinates_out_of_range", x=x, y=y)
        wrong |= beyond
    used = metric_crs.area_of_use
    if used is not None:
        area = (used.west, used.south, used.east, used.north)
        outside = present & ~wrong & outside_area(storage_crs, area, bounds)
        for row in np.flatnonzero(outside).tolist():
            x, y = far_corner(bounds[row])
            findings.add(row, "coordinates_outside_area", x=x, y=y, area=list(area))
    return without(places, wrong)


def _finite(places: NDArray[np.object_]) -> NDArray[np.bool_]:
    coordinates, rows = shapely.get_coordinates(places, return_index=True)
    finite = np.ones(len(places), dtype=bool)
    finite[rows[~np.isfinite(coordinates).all(axis=1)]] = False
    return finite
