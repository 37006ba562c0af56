"""Labels spread over the faces of a subdivision: who takes what nobody has."""

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.ground.subdivision import Borders

__all__ = ["grow", "without_strays"]

# Borders whose lengths differ by less are equally long, whatever rounding made of them.
_LENGTH_DIGITS = 6

Geometries = NDArray[np.object_]
Positions = NDArray[np.intp]


def without_strays(owner: Positions, home: NDArray[np.bool_], shared: Borders) -> Positions:
    """Take the label, -1 then, from connected parts of it in which no face is a `home`.

    Examples
    --------
    >>> row = np.array([0, 1, 2]), np.array([1, 2, 3]), np.ones(3)
    >>> without_strays(np.array([0, 0, 1, 0]), np.array([1, 0, 1, 0], bool), row).tolist()
    [0, 0, 1, -1]
    """
    from scipy.sparse import coo_array  # noqa: PLC0415 (slow to load)
    from scipy.sparse.csgraph import connected_components  # noqa: PLC0415 (slow to load)

    one, other, _ = shared
    joined = owner[one] == owner[other]
    links = np.ones(int(joined.sum()), dtype=bool)
    graph = coo_array((links, (one[joined], other[joined])), shape=(len(owner), len(owner)))
    _, part = connected_components(graph, directed=False)
    has_home = np.zeros(len(owner), dtype=bool)
    has_home[part[home]] = True
    return np.where(has_home[part], owner, -1)


def grow(faces: Geometries, owner: Positions, shared: Borders) -> Positions:
    """Give every face without a label, -1, that of the neighbour with the longest shared border.

    In rounds, each upon the last one's result, so that the order of faces is irrelevant. Faces
    that border on nothing with a label get that of the nearest face.

    Examples
    --------
    >>> row = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([5.0, 1.0, 2.0])
    >>> faces = shapely.box([0, 1, 2, 3], 0, [1, 2, 3, 4], 1)
    >>> grow(faces, np.array([0, -1, -1, 1]), row).tolist()
    [0, 0, 1, 1]
    """
    owner = owner.copy()
    one, other, length_m = shared
    face, neighbour = np.append(one, other), np.append(other, one)
    length_m = np.append(length_m, length_m)
    while True:
        open_ = (owner[face] < 0) & (owner[neighbour] >= 0)
        if not open_.any():
            break
        taken, label = _longest(face[open_], owner[neighbour[open_]], length_m[open_])
        owner[taken] = label
    return _nearest(faces, owner)


def _longest(
    face: Positions, label: Positions, length_m: NDArray[np.float64]
) -> tuple[Positions, Positions]:
    """Choose for each face the label with the longest border, of equal ones the lowest."""
    pairs, which = np.unique(np.stack([face, label]), axis=1, return_inverse=True)
    total = np.round(np.bincount(which.ravel(), length_m), _LENGTH_DIGITS)
    face, label = pairs
    order = np.lexsort((label, -total, face))
    face, first = np.unique(face[order], return_index=True)
    return face, label[order][first]


def _nearest(faces: Geometries, owner: Positions) -> Positions:
    left, known = np.flatnonzero(owner < 0), np.flatnonzero(owner >= 0)
    if not len(left):
        return owner
    face, near = shapely.STRtree(faces[known]).query_nearest(faces[left], all_matches=True)
    least = np.full(len(left), owner.max() + 1)
    np.minimum.at(least, face, owner[known[near]])
    owner[left] = least
    return owner
