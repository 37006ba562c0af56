"""What every reader hands over, and what it may be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

# Position of a row (0-based), code of the problem, its values.
Fault = tuple[int, str, dict[str, object]]


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Say how to read a file, where it cannot be known from the file itself.

    `x`, `y` and `wkt` name the columns of a table that hold coordinates.
    """

    layer: str | None = None
    encoding: str | None = None
    x: str | None = None
    y: str | None = None
    wkt: str | None = None


@dataclass(frozen=True, kw_only=True)
class Table:
    """What a reader hands over.

    `columns` hold Python values, missing ones None. `wkb` is None for a table without places;
    `faults` name rows whose coordinates cannot be read. `crs_is_default` is set where the format
    claims a system whether or not the author did. `first_row` is the number of the first row as
    the file's user counts. `remarks` are what the reader itself had to say. `structured` names
    columns whose cells are lists or objects: they are never matched unasked.
    """

    columns: Mapping[str, list[object]]
    length: int
    layer: str | None = None
    wkb: NDArray[np.object_] | None = None
    crs: CRS | None = None
    crs_is_default: bool = False
    first_row: int = 1
    encoding: str | None = None
    remarks: tuple[str, ...] = ()
    structured: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
