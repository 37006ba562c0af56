"""A few features as plain values: of so few a frame costs many times what is done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import FeatureRejectedError
from layers.kinds.model import Kind
from layers.store.geometries import fit_places
from layers.store.rows import Encode, plain_value
from layers.store.schema import GEOMETRY_COLUMN


@dataclass(frozen=True, kw_only=True)
class PlainRows:
    """Features column by column, None for what is unknown.

    `uids` are theirs, None for features that shall get new ones. `places` are in the storage CRS,
    None where no place is written.
    """

    count: int
    uids: Sequence[str] | None = None
    columns: Mapping[str, Sequence[Any]] = field(repr=False)
    places: NDArray[np.object_] | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return self.count

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to write, as of a frame."""
        return not self.count or (not self.columns and self.places is None)


def columns_from_plain(
    kind: Kind, rows: PlainRows, uids: Sequence[str], srid: int, encode: Encode
) -> dict[str, list[Any]]:
    """Turn plain rows into the columns that `columns_from_frame` makes of a frame.

    Raises
    ------
    FeatureRejectedError
    """
    known = {each.key: each for each in kind.fields}
    columns: dict[str, list[Any]] = {"uid": list(uids)}
    for name, values in rows.columns.items():
        if name not in known:
            raise FeatureRejectedError(kind=kind.key, field=name, found="unknown field")
        columns[name] = [plain_value(kind, known[name], value) for value in values]
    if kind.is_spatial and rows.places is not None:
        columns[GEOMETRY_COLUMN] = encode(fit_places(kind, rows.places), srid)
    return columns
