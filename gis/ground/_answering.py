"""Who answers at a spot on a day: the holders whose term runs there, or who held it last."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pandas import Series
from shapely import STRtree

from gis.contracts import present
from gis.errors import ColumnMissingError
from gis.validity import exists_on

__all__ = ["STATES", "Answered", "Posts", "posts_on"]

STATES = ("answered", "nobody", "expired", "several")
"""What may be said of a spot; after the first, what somebody has to look at, gravest first."""

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]


@dataclass(frozen=True)
class Posts:
    """Areas that somebody answers for, or did: `holder` is a position in `names`."""

    names: tuple[str, ...]
    shapes: Geometries
    holder: Positions
    ended: NDArray[np.bool_]
    ended_on: Series
    left_out: Series


@dataclass(frozen=True)
class Answered:
    """The state of spots, by position in `STATES`, and whose they are.

    `who` is a position in `holders`; each of these is the tuple of names of those who answer, or
    of those who answered last.
    """

    state: Positions
    who: Positions
    holders: tuple[tuple[str, ...], ...]


def posts_on(rows: GeoDataFrame, holder: str, day: date | None) -> Posts:
    """Take the posts that count on a day, and those that have ended by then.

    Raises
    ------
    ColumnMissingError, DateError
    """
    if holder not in rows:
        raise ColumnMissingError(
            argument="responsibilities", column=holder, columns=tuple(map(str, rows.columns))
        )
    runs = np.ones(len(rows), dtype=bool)
    begun = runs.copy()
    if day is not None:
        runs = exists_on(rows, day, argument="responsibilities")
        begun = exists_on(
            rows[rows.columns.difference(["valid_to"])], day, argument="responsibilities"
        )
    reasons = np.select(
        [rows[holder].isna().to_numpy(), ~present(rows.geometry), ~begun],
        ["no_holder", "no_geometry", "not_begun"],
        default="",
    )
    used = reasons == ""
    names, codes = np.unique(rows.loc[used, holder].astype(str).to_numpy(), return_inverse=True)
    return Posts(
        names=tuple(names.tolist()),
        shapes=np.array(rows.geometry.array, dtype=object)[used],
        holder=codes.astype(np.intp),
        ended=~runs[used],
        ended_on=_ends(rows[used]),
        left_out=Series(reasons[~used], index=rows.index[~used], name="reason", dtype=object),
    )


def answered_at(points: Geometries, posts: Posts) -> Answered:
    """Tell the state of points: those who answer now, else those who answered last."""
    post, point = STRtree(points).query(posts.shapes, predicate="intersects")
    now = ~posts.ended[post]
    current = np.zeros(len(points), dtype=bool)
    current[point[now]] = True
    counts = now | ~current[point]
    pairs = np.unique(np.stack([point[counts], posts.holder[post[counts]]], axis=1), axis=0)
    size = np.bincount(pairs[:, 0], minlength=len(points))
    state = np.select(
        [current & (size == 1), current, size > 0],
        [STATES.index(name) for name in ("answered", "several", "expired")],
        default=STATES.index("nobody"),
    )
    groups: dict[tuple[str, ...], int] = {}
    who = np.empty(len(points), dtype=np.intp)
    parts = np.split(pairs[:, 1], np.cumsum(size)[:-1]) if len(points) else []
    for number, part in enumerate(parts):
        names = tuple(posts.names[code] for code in part.tolist())
        who[number] = groups.setdefault(names, len(groups))
    return Answered(state=state.astype(np.intp), who=who, holders=tuple(groups))


def _ends(rows: GeoDataFrame) -> Series:
    """Give the last day after which each post was void, as text; missing where it has no end."""
    if "valid_to" not in rows:
        return Series(None, index=rows.index, dtype=object)
    given = rows["valid_to"]
    return given.map(lambda value: None if pd.isna(value) else str(value)[:10]).astype(object)
