"""What a store can say about where the rows of a file should be.

A witness says of every row by how many metres it misses where it should be: 0 where it fits, NaN
where it knows nothing of the row. *Pointed* witnesses know the very place: a feature with the same
key or name, the one feature of the same kind that must be this one. The others only know what is
likely: covers lie in roads and not in buildings. One row proves nothing with them, many do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from shapely import STRtree

from gis.nearness.displacement import spacing_m
from layers.importing.detective.ground import Ground, outlines, unique_by
from layers.importing.detective.subject import Subject, texts
from layers.kinds import GeometryFamily, fold
from layers.territory import LEVELS

if TYPE_CHECKING:
    from scipy.spatial import KDTree

Misses = NDArray[np.float64]
Miss = Callable[[GeoDataFrame], Misses]

_NAMED_KINDS = ("building", "compound", "place_name", "scenic_spot", *LEVELS)
_MOST_VERTICES = 60
_UNIT_TOLERANCE_M = 20.0
# What is drawn around buildings, not through them.
_AROUND = (*LEVELS, "compound", "residential_land", "property_area")
_SLACK_M = 1.0
_FAR_M = 1e9  # of a row that lies within what it must be apart from

# What lies apart from what, and what near to what (metres).
_APART: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "manhole_cover", "granite_ball", "dead_tree", "bare_land", "adoption_plot",
                "green_space", "road", "walkway", "red_square", "water",
            ),
            ("building",),
        ),
        "building": ("road", "water", "bare_land", "green_space"),
    }
)  # fmt: skip
_NEAR: Mapping[str, tuple[tuple[str, float], ...]] = MappingProxyType(
    {
        "manhole_cover": (("road", 12.0),),
        "road": (("road", 10.0),),
        "walkway": (("walkway", 10.0), ("road", 15.0)),
        "wall_surface": (("building", 5.0),),
        "green_entrance": (("green_space", 10.0),),
        "adoption_plot": (("bare_land", 5.0),),
        "square_facility": (("red_square", 10.0),),
        "water": (("water", 10.0),),
    }
)


@dataclass(frozen=True, kw_only=True)
class Witness:
    """One who knows where rows should be; a row fits that misses by `tolerance_m` or less.

    `key` says how it knows: `same_key`, `same_name`, `same_place`, `own_unit`, `territory`,
    `apart`, `near`, `around`; `kind` names the layer of the store. With `by_half` two misses are
    compared with each other, and not only with the tolerance.
    """

    key: str
    kind: str
    tolerance_m: float
    miss_m: Miss
    is_pointed: bool = False
    by_half: bool = False


def witnesses(subject: Subject, ground: Ground) -> Iterator[Witness]:
    """Call all who can say anything of the rows, the surest first."""
    yield from _same_key(subject, ground)
    yield from _same_name(subject, ground)
    yield from _same_place(subject, ground)
    yield from _own_unit(subject, ground)
    yield from _territory(ground)
    if subject.kind is not None:
        for other, allowed_m in _NEAR.get(subject.kind.key, ()):
            yield from _near(ground, other, allowed_m)
        for other in _APART.get(subject.kind.key, ()):
            yield from _apart(ground, other)
        if subject.kind.key in _AROUND:
            yield from _around(ground, "building")


# ------------------------------------------------------------------ pointed ones


def _same_key(subject: Subject, ground: Ground) -> Iterator[Witness]:
    """Compare rows with the features of the store that have the same key."""
    if subject.kind is None or not subject.by or not ground.counts.get(subject.kind.key):
        return
    frame = ground.layer(subject.kind.key, *subject.by)
    stored = frame.set_geometry(frame.geometry)
    stored["__key"] = joined([texts(frame[name].to_numpy(dtype=object)) for name in subject.by])
    wanted = joined([texts(subject.column(name)) for name in subject.by])
    wanted[wanted.duplicated(keep=False)] = None
    yield from _counterparts("same_key", subject.kind.key, 30.0, unique_by(stored, "__key"), wanted)


def joined(columns: Sequence[pd.Series]) -> pd.Series:
    """Join the parts of keys, row by row; None where one is missing."""
    rows = zip(*columns, strict=True)
    return pd.Series([None if None in row else "/".join(row) for row in rows], dtype=object)


def _same_name(subject: Subject, ground: Ground) -> Iterator[Witness]:
    """Compare rows with what has the same name, where only one thing has it."""
    words = texts(subject.column("name")).map(fold, na_action="ignore")
    words[words.duplicated(keep=False)] = None
    if words.isna().all():
        return
    own = (subject.kind.key,) if subject.kind is not None else ()
    for key in dict.fromkeys((*own, *_NAMED_KINDS)):
        if not ground.counts.get(key) or "name" not in ground.layer(key):
            continue
        frame = ground.layer(key)
        named = frame.assign(__name=frame["name"].map(fold, na_action="ignore"))
        yield from _counterparts("same_name", key, 100.0, unique_by(named, "__name"), words)


def _counterparts(
    key: str, kind: str, tolerance_m: float, known: pd.Series, wanted: pd.Series
) -> Iterator[Witness]:
    """Call the witness for rows whose counterpart in the store is known."""
    partner = shapes_only(wanted.map(known))
    if not any(each is not None for each in partner):
        return

    def miss_m(placed: GeoDataFrame) -> Misses:
        return _between(placed.geometry.to_numpy(), partner)

    yield Witness(
        key=key, kind=kind, tolerance_m=tolerance_m, miss_m=miss_m, is_pointed=True, by_half=True
    )


def shapes_only(values: pd.Series) -> NDArray[np.object_]:
    """Give the geometries of a column as an array, None for whatever else stands there."""
    found = np.full(len(values), None, dtype=object)
    found[:] = [each if isinstance(each, shapely.Geometry) else None for each in values]
    return found


def _between(shapes: NDArray[np.object_], partner: NDArray[np.object_]) -> Misses:
    """Measure by how much shapes miss their counterparts, row by row.

    Two areas or lines by how far the outline of the one typically lies from that of the other;
    where a point is compared it is the way to the other, 0 inside of it.
    """
    missing = shapely.is_missing(shapes) | shapely.is_missing(partner)
    drawn = (shapely.get_dimensions(shapes) > 0) & (shapely.get_dimensions(partner) > 0)
    found = shapely.distance(shapes, partner)
    for row in np.flatnonzero(drawn & ~missing).tolist():
        found[row] = _outline_miss(shapes[row], partner[row])
    found[missing] = np.nan
    return found


def _outline_miss(shape: shapely.Geometry, partner: shapely.Geometry) -> float:
    xy = shapely.get_coordinates(shape)
    xy = xy[:: max(1, len(xy) // _MOST_VERTICES)]
    outline = shapely.boundary(partner) if shapely.get_dimensions(partner) == 2 else partner
    return float(np.median(shapely.distance(shapely.points(xy), outline)))


def _same_place(subject: Subject, ground: Ground) -> Iterator[Witness]:
    """Look for the one feature of the same kind that a row must be: there are few that near."""
    if subject.kind is None or not ground.counts.get(subject.kind.key):
        return
    key = subject.kind.key
    frame = ground.layer(key)
    if GeometryFamily.LINE in subject.kind.geometry:  # cut at other places in every survey
        return
    if key in LEVELS:
        yield from _same_outlines(ground, key)
        return
    apart_m = spacing_m(frame.geometry)
    if not np.isfinite(apart_m):
        return
    from scipy.spatial import KDTree  # noqa: PLC0415 (slow to load)

    tree = KDTree(_centroids(frame.geometry.to_numpy()))

    def miss_m(placed: GeoDataFrame) -> Misses:
        return _to_nearest(tree, placed)

    tolerance_m = float(np.clip(apart_m / 8, 1.0, 15.0))
    yield Witness(key="same_place", kind=key, tolerance_m=tolerance_m, miss_m=miss_m)


def _to_nearest(tree: KDTree, placed: GeoDataFrame) -> Misses:
    centroids = _centroids(placed.geometry.to_numpy())
    known = np.isfinite(centroids).all(axis=1)
    found = np.full(len(centroids), np.nan)
    found[known] = tree.query(centroids[known])[0]
    return found


def _centroids(shapes: NDArray[np.object_]) -> Misses:
    centroids = shapely.centroid(shapes)
    return np.column_stack([shapely.get_x(centroids), shapely.get_y(centroids)])


def _same_outlines(ground: Ground, key: str) -> Iterator[Witness]:
    """Compare units with units: the outline of the one is that of the other, or of a part."""
    lines = STRtree(outlines(ground.layer(key)))

    def miss_m(placed: GeoDataFrame) -> Misses:
        shapes = placed.geometry.to_numpy()
        found = np.full(len(shapes), np.nan)
        for row in np.flatnonzero(~shapely.is_missing(shapes)).tolist():
            xy = shapely.get_coordinates(shapes[row])
            xy = xy[:: max(1, len(xy) // _MOST_VERTICES)]
            _, apart_m = lines.query_nearest(
                shapely.points(xy), return_distance=True, all_matches=False
            )
            found[row] = float(np.median(apart_m))
        return found

    yield Witness(
        key="same_place", kind=key, tolerance_m=30.0, miss_m=miss_m, is_pointed=True, by_half=True
    )


# ------------------------------------------------------------------ the others


def _own_unit(subject: Subject, ground: Ground) -> Iterator[Witness]:
    """Ask the units that rows name as theirs."""
    if subject.kind is None:
        return
    for field in subject.kind.fields:
        if field.refers_to not in ground.levels or field.key not in subject.fields.columns:
            continue
        units = unique_by(ground.layer(field.refers_to), "code")
        partner = shapes_only(texts(subject.column(field.key)).map(units))
        if any(each is not None for each in partner):
            yield _inside(field.refers_to, partner)


def _inside(kind: str, partner: NDArray[np.object_]) -> Witness:
    def miss_m(placed: GeoDataFrame) -> Misses:
        return np.asarray(shapely.distance(_inner(placed), partner))

    return Witness(key="own_unit", kind=kind, tolerance_m=_UNIT_TOLERANCE_M, miss_m=miss_m)


def _territory(ground: Ground) -> Iterator[Witness]:
    """Ask whether rows lie in the territory at all."""
    if not ground.levels:
        return
    level = ground.levels[-1]
    tree = STRtree(ground.layer(level).geometry.to_numpy())
    yield _nearby("territory", level, tree, _UNIT_TOLERANCE_M)


def _near(ground: Ground, other: str, allowed_m: float) -> Iterator[Witness]:
    if ground.counts.get(other):
        tree = STRtree(ground.layer(other).geometry.to_numpy())
        yield _nearby("near", other, tree, allowed_m)


def _nearby(key: str, kind: str, tree: STRtree, allowed_m: float) -> Witness:
    def miss_m(placed: GeoDataFrame) -> Misses:
        inner = _inner(placed)
        found = np.full(len(inner), np.nan)
        found[~shapely.is_missing(inner)] = _FAR_M
        rows, apart_m = tree.query_nearest(
            inner, max_distance=allowed_m + _SLACK_M, return_distance=True, all_matches=False
        )
        found[rows[0]] = apart_m
        return found

    return Witness(key=key, kind=kind, tolerance_m=allowed_m, miss_m=miss_m)


def _apart(ground: Ground, other: str) -> Iterator[Witness]:
    """Ask what rows must not lie in, or across."""
    if not ground.counts.get(other):
        return
    tree = STRtree(ground.layer(other).geometry.to_numpy())

    def miss_m(placed: GeoDataFrame) -> Misses:
        shapes = placed.geometry.to_numpy()
        found = np.where(shapely.is_missing(shapes), np.nan, 0.0)
        found[np.unique(tree.query(shapes, predicate="intersects")[0])] = _FAR_M
        return found

    yield Witness(key="apart", kind=other, tolerance_m=0.0, miss_m=miss_m)


def _around(ground: Ground, other: str) -> Iterator[Witness]:
    """Count the things that an outline runs through, where it should run around them."""
    if not ground.counts.get(other):
        return
    tree = STRtree(ground.layer(other).geometry.to_numpy())

    def miss_m(placed: GeoDataFrame) -> Misses:
        shapes = placed.geometry.to_numpy()
        rows, _ = tree.query(shapely.boundary(shapes), predicate="intersects")
        cut = np.bincount(rows, minlength=len(shapes)).astype(float)
        return np.where(shapely.is_missing(shapes), np.nan, cut)

    yield Witness(key="around", kind=other, tolerance_m=0.0, miss_m=miss_m, by_half=True)


def _inner(placed: GeoDataFrame) -> NDArray[np.object_]:
    """Give a point of each shape; None where there is none."""
    inner: NDArray[np.object_] = shapely.point_on_surface(placed.geometry.to_numpy())
    return inner
