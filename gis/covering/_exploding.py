"""Geometries taken apart, where they consist of several."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.contracts import Geometries

__all__ = ["explode"]

Mask = npt.NDArray[np.bool_]
Positions = npt.NDArray[np.intp]


def explode(
    shapes: Geometries, several: Mask, take_apart: Callable[..., Any]
) -> tuple[Geometries, Positions]:
    """Replace the shapes that are `several` by what they consist of; the others stay as they are.

    Most shapes are one, and copying them would cost more than all that is then done with them.

    Returns
    -------
    parts, owner
        In the order of the shapes; the position of the shape that each is of.

    Examples
    --------
    >>> import shapely
    >>> points = shapely.from_wkt(["MULTIPOINT (1 1, 2 2)", "POINT (3 3)"])
    >>> explode(points, shapely.get_num_geometries(points) > 1, shapely.get_parts)[1].tolist()
    [0, 0, 1]
    """
    if not several.any():
        return shapes, np.arange(len(shapes))
    parts, owner = take_apart(shapes[several], return_index=True)
    owner = np.concatenate([np.flatnonzero(~several), np.flatnonzero(several)[owner]])
    order = np.argsort(owner, kind="stable")
    return np.concatenate([shapes[~several], parts])[order], owner[order]
