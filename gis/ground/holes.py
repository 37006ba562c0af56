"""Ground that nobody answers for, that several do, or that only an ended post does.

A *responsibility* is an area with a holder and a term. On a day, every spot of the territory is in
one of four *states*: `answered` (by one holder), `several` (by two or more), `expired` (nobody any
more, but somebody did) and `nobody`. The territory is cut along all borders at once into the faces
of a planar subdivision, so that the states add up to it.

Faces of one state and the same holders that lie side by side are a *piece*. What is no wider than
a *sliver* comes from two surveys of one border: it belongs to no piece and is counted apart.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from geopandas import GeoDataFrame, GeoSeries
from numpy.typing import NDArray
from pandas import DataFrame, Index, Series

from gis.contracts import (
    as_geometries,
    present,
    require_family,
    require_finite,
    require_number,
    require_unique_index,
    require_valid,
)
from gis.covering.groups import grouped
from gis.covering.weights import Weights, weigh
from gis.crs import require_metres
from gis.ground._answering import STATES, Answered, Posts, answered_at, posts_on
from gis.ground.location import representative_points
from gis.ground.subdivision import Borders, borders, faces_between, linework
from gis.ground.widths import are_slivers
from gis.nearness.distance import label_rank, take_labels
from gis.validity import read_date

__all__ = ["HOLES", "SLIVER_M", "STATES", "HolesResult", "find_holes"]

HOLES = STATES[1:]
"""States that somebody has to look at, the gravest first: nobody, expired, several."""

SLIVER_M = 1.0
"""Metres of width up to which a piece is taken for a difference between two surveys."""

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class HolesResult:
    """The holes in who answers for what, and the account of the whole territory.

    Parameters
    ----------
    pieces
        Indexed by `piece`, from 1: `state`, `holders` (who answer, or answered last), `area_m2`,
        `buildings`, `weight` (summed over them), geometry. Gravest state first, then most weight,
        buildings, area.
    account
        Indexed by state: `area_m2`, `share` of the territory, `pieces`, `buildings`, `weight`, and
        of the area the part in slivers, `sliver_m2`, with their number, `slivers`.
    units
        Which part of each piece lies in which unit: `piece`, `unit` (missing for ground in none),
        `area_m2`; the largest part first.
    neighbours
        Who answers next door: `piece`, `holder`, `border_m`; the longest border first.
    ended
        Who answered last for each piece in state `expired`: `piece`, `holder`, `ended_on`.
    left_out
        By label, why a responsibility was not looked at: `no_holder`, `no_geometry`, `not_begun`.
    outside
        Buildings outside the territory, or without a place.
    no_weight
        Buildings in the territory whose weight is not known.
    territory_m2, error_m2
        Area of the territory, and by how much that of all states differs from it.
    """

    pieces: GeoDataFrame
    account: DataFrame
    units: DataFrame
    neighbours: DataFrame
    ended: DataFrame
    left_out: Series
    outside: int
    no_weight: int
    territory_m2: float
    error_m2: float


@dataclass(frozen=True)
class _Laid:
    """The faces of the territory: what is said of each, and the piece it belongs to (-1: none)."""

    faces: Geometries
    points: Geometries
    area_m2: Floats
    said: Answered
    is_sliver: NDArray[np.bool_]
    borders: Borders
    unit: Positions
    piece: Positions


@dataclass(frozen=True)
class _Homes:
    """Buildings in the territory: the face of each, and its weight where that is known."""

    face: Positions
    weights: Weights
    located: NDArray[np.bool_]


def find_holes(  # noqa: PLR0913 - what may be asked is what it is
    territory: GeoSeries | GeoDataFrame,
    responsibilities: GeoDataFrame,
    *,
    holder: str = "holder",
    on: date | str | None = None,
    units: GeoSeries | GeoDataFrame | None = None,
    buildings: GeoDataFrame | None = None,
    weight: str | None = None,
    split: bool = False,
    sliver_m: float = SLIVER_M,
) -> HolesResult:
    """Find the ground that nobody answers for, that several do, and that only an ended post does.

    Parameters
    ----------
    territory
        The ground for which somebody shall answer: valid areas, taken together, in a metric CRS.
    responsibilities
        Valid areas of one sort of duty with a column of holders; two rows of one holder are one
        answer. Terms are `valid_from` and `valid_to`, half-open. Same CRS, uniquely labelled.
    holder
        The column that names who answers.
    on
        The day; without one, terms are not looked at.
    units
        Areas by which pieces are placed, such as grids; of nested ones the smallest counts.
    buildings
        Counted where their representative point lies.
    weight
        A column of `buildings` to be summed, such as people; without one each counts 1.
    split
        Whether pieces end at the borders of units; else one piece may lie in several.
    sliver_m
        Metres of width up to which a piece is a sliver.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError, GeometryFamilyError,
    GeometryNotFiniteError, GeometryInvalidError, DuplicateIndexError, ColumnMissingError,
    DateError, NumberError, WeightError

    Examples
    --------
    >>> from shapely import box
    >>> town = GeoSeries([box(0, 0, 40, 10)], crs=32650)
    >>> posts = GeoDataFrame(
    ...     {"holder": ["parks", "roads", "water"], "valid_to": [None, None, "2026-01-01"]},
    ...     geometry=[box(0, 0, 20, 10), box(15, 0, 25, 10), box(20, 0, 36, 10)],
    ...     crs=32650,
    ... )
    >>> find_holes(town, posts, on="2026-05-01").pieces[["state", "holders", "area_m2"]]
             state         holders  area_m2
    piece
    1       nobody              ()     40.0
    2      expired        (water,)    110.0
    3      several  (parks, roads)     50.0
    """
    require_number("sliver_m", sliver_m, least=0.0)
    ground, areas = _accepted(territory, responsibilities, units)
    posts = posts_on(responsibilities, holder, read_date(on))
    laid = _laid(ground, posts, areas, sliver_m=sliver_m, split=split)
    homes = _homes(buildings, weight, laid)
    laid, pieces = _pieces(laid, homes, as_geometries("territory", territory))
    territory_m2 = float(shapely.area(ground))
    return HolesResult(
        pieces=pieces,
        account=_account(laid, homes),
        units=_in_units(laid, areas),
        neighbours=_neighbours(laid),
        ended=_ended(laid, posts),
        left_out=posts.left_out,
        outside=int((~homes.located).sum()),
        no_weight=int((homes.located & ~homes.weights.given).sum()),
        territory_m2=territory_m2,
        error_m2=abs(float(laid.area_m2.sum()) - territory_m2),
    )


def _accepted(
    territory: GeoSeries | GeoDataFrame,
    responsibilities: GeoDataFrame,
    units: GeoSeries | GeoDataFrame | None,
) -> tuple[shapely.Geometry, GeoSeries]:
    """Refuse what cannot be cut; give the ground as one, and the units (none: an empty layer)."""
    layers = {
        "territory": as_geometries("territory", territory),
        "responsibilities": as_geometries("responsibilities", responsibilities),
    }
    layers["units"] = (
        GeoSeries([], crs=layers["territory"].crs)
        if units is None
        else as_geometries("units", units)
    )
    require_metres(**layers)
    for argument, layer in layers.items():
        require_family(argument, layer, ["area"])
        require_finite(argument, layer)
        require_valid(argument, layer)
    require_unique_index(responsibilities=responsibilities, units=layers["units"])
    ground = layers["territory"]
    return shapely.union_all(ground.array[present(ground)]), layers["units"][
        present(layers["units"])
    ]


def _laid(
    ground: shapely.Geometry, posts: Posts, units: GeoSeries, *, sliver_m: float, split: bool
) -> _Laid:
    """Cut the ground along all borders and say of each face who answers there."""
    cuts = np.concatenate([posts.shapes, np.asarray(units.array, dtype=object)])
    shapely.prepare(ground)
    lines = linework(np.append(cuts[shapely.intersects(ground, cuts)], ground))
    faces = faces_between(lines, ground)
    points = shapely.point_on_surface(faces)
    said = answered_at(points, posts)
    is_sliver = are_slivers(faces, sliver_m)
    shared = borders(faces)
    one, other, _ = shared
    alike = (said.state[one] == said.state[other]) & (said.who[one] == said.who[other])
    unit = _unit_at(points, units)
    if split:
        alike &= unit[one] == unit[other]
    in_piece = (said.state > 0) & ~is_sliver
    piece = np.full(len(faces), -1)
    piece[in_piece] = grouped((one[alike], other[alike]), in_piece)
    return _Laid(faces, points, shapely.area(faces), said, is_sliver, shared, unit, piece)


def _homes(buildings: GeoDataFrame | None, weight: str | None, laid: _Laid) -> _Homes:
    """Find the face of each building; on a border, the first from the west."""
    if buildings is None:
        buildings = GeoDataFrame({weight or "geometry": []}, geometry=[])
    else:
        require_finite("buildings", as_geometries("buildings", buildings))
    weights = weigh(buildings, weight)
    points = representative_points(buildings.geometry)
    face, home = shapely.STRtree(points).query(laid.faces, predicate="intersects")
    home, first = np.unique(home[np.argsort(face, kind="stable")], return_index=True)
    found = np.full(len(points), -1)
    found[home] = np.sort(face)[first]
    located = found >= 0
    return _Homes(found, weights, located)


def _pieces(laid: _Laid, homes: _Homes, territory: GeoSeries) -> tuple[_Laid, GeoDataFrame]:
    """Unite the faces of each piece, and number pieces by their rank."""
    inside = laid.piece >= 0
    count = int(laid.piece.max(initial=-1)) + 1
    order = np.argsort(laid.piece[inside], kind="stable")
    members = np.flatnonzero(inside)[order]
    starts = np.searchsorted(laid.piece[members], np.arange(count))
    shapes = np.array(
        [shapely.coverage_union_all(part) for part in np.split(laid.faces[members], starts[1:])]
        if count
        else [],
        dtype=object,
    )
    first = members[starts] if count else members
    buildings, weight = _sums(homes, laid.piece, count)
    area_m2 = np.bincount(laid.piece[members], laid.area_m2[members], count)
    corner = shapely.bounds(shapes).reshape(-1, 4)
    state = laid.said.state[first]
    rank = np.lexsort((corner[:, 1], corner[:, 0], -area_m2.round(2), -buildings, -weight, state))
    number = np.full(count + 1, -1)
    number[rank] = np.arange(count)
    frame = GeoDataFrame(
        {
            "state": [STATES[code] for code in state[rank]],
            "holders": Series(
                [laid.said.holders[k] for k in laid.said.who[first[rank]]], dtype=object
            ),
            "area_m2": area_m2[rank],
            "buildings": buildings[rank].astype(np.int64),
            "weight": weight[rank],
        },
        geometry=shapes[rank],
        crs=territory.crs,
    ).set_index(Index(np.arange(1, count + 1), name="piece"))
    renumbered = _Laid(**{**vars(laid), "piece": number[laid.piece]})
    return renumbered, frame


def _sums(homes: _Homes, group: Positions, count: int) -> tuple[Floats, Floats]:
    """Count buildings and add up their weight by the group of their face."""
    here = np.flatnonzero(homes.located)
    of = group[homes.face[here]]
    here, of = here[of >= 0], of[of >= 0]
    buildings = np.bincount(of, minlength=count).astype(float)
    weight = np.bincount(of, homes.weights.amount[here].astype(float), count)
    return buildings, weight.astype(float)


def _account(laid: _Laid, homes: _Homes) -> DataFrame:
    state, count = laid.said.state, len(STATES)
    slivers = laid.is_sliver & (state > 0)
    area_m2 = np.bincount(state, laid.area_m2, count)
    buildings, weight = _sums(homes, state, count)
    _, first = np.unique(laid.piece[laid.piece >= 0], return_index=True)
    of_piece = state[laid.piece >= 0][first]
    return DataFrame(
        {
            "area_m2": area_m2,
            # Of what was cut, so that all is exactly all.
            "share": area_m2 / area_m2.sum() if len(state) else np.full(count, np.nan),
            "pieces": np.bincount(of_piece, minlength=count),
            "buildings": buildings.astype(np.int64),
            "weight": weight,
            "slivers": np.bincount(state[slivers], minlength=count),
            "sliver_m2": np.bincount(state[slivers], laid.area_m2[slivers], count),
        },
        index=Index(STATES, name="state"),
    )


def _unit_at(points: Geometries, units: GeoSeries) -> Positions:
    """Find the unit of each point, -1 for none; of nested ones the smallest."""
    areas = np.asarray(units.array, dtype=object)
    unit, point = shapely.STRtree(points).query(areas, predicate="intersects")
    order = np.lexsort((label_rank(units.index)[unit], shapely.area(areas)[unit], point))
    point, first = np.unique(point[order], return_index=True)
    found = np.full(len(points), -1)
    found[point] = unit[order][first]
    return found


def _in_units(laid: _Laid, units: GeoSeries) -> DataFrame:
    """Add up the faces of each piece by unit: no face lies in two, but for nested units."""
    inside = laid.piece >= 0
    rows = DataFrame(
        {
            "piece": laid.piece[inside] + 1,
            "at": laid.unit[inside],
            "area_m2": laid.area_m2[inside],
        }
    )
    rows = rows.groupby(["piece", "at"], as_index=False).sum()
    rows = rows.sort_values(["piece", "area_m2", "at"], ascending=[True, False, True])
    rows.insert(1, "unit", take_labels(units.index, rows.pop("at").to_numpy()))
    return rows.reset_index(drop=True)


def _neighbours(laid: _Laid) -> DataFrame:
    """Measure the border of each piece with the ground of every holder beside it."""
    one, other, length_m = laid.borders
    sides = [(one, other), (other, one)]
    piece = np.concatenate([laid.piece[side] for side, _ in sides])
    next_door = np.concatenate([beside for _, beside in sides])
    length_m = np.concatenate([length_m, length_m])
    answering = np.isin(
        laid.said.state[next_door], [STATES.index("answered"), STATES.index("several")]
    )
    kept = (piece >= 0) & answering & (laid.piece[next_door] != piece)
    holders = [laid.said.holders[code] for code in laid.said.who[next_door[kept]]]
    rows = DataFrame(
        {"piece": piece[kept] + 1, "holder": holders, "border_m": length_m[kept]}
    ).explode("holder")
    added = rows.groupby(["piece", "holder"])["border_m"].sum().reset_index()
    order = ["piece", "border_m", "holder"]
    return added.sort_values(order, ascending=[True, False, True]).reset_index(drop=True)


def _ended(laid: _Laid, posts: Posts) -> DataFrame:
    """Name the last day of the posts that once answered for a piece, by holder."""
    mine = np.flatnonzero((laid.piece >= 0) & (laid.said.state == STATES.index("expired")))
    post, face = shapely.STRtree(laid.points[mine]).query(posts.shapes, predicate="intersects")
    rows = DataFrame(
        {
            "piece": laid.piece[mine[face]] + 1,
            "holder": [posts.names[code] for code in posts.holder[post]],
            "ended_on": posts.ended_on.to_numpy()[post],
        }
    )
    last = rows.groupby(["piece", "holder"])["ended_on"].max().reset_index()
    return last.sort_values(["piece", "holder"]).reset_index(drop=True)
