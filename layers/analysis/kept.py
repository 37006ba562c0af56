"""What analyses of one state of a store have in common, kept as arrays for the next one.

A network takes longer to join than to walk on, and the units of all buildings longer to look up
than to count by. Both are functions of layers at a state and a day, whatever is asked of them
then: their keys hold the store, its restore epoch, the revisions of the layers, the day, how they
were made, and the version of this program. Any write makes another revision, so that nothing is
ever stale; where the cache's folder is gone, harmed or not writable, they are made anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, fields
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from geopandas import GeoSeries
from numpy.typing import NDArray
from pyproj import CRS

from gis import WalkNetwork
from gis.walks._noding import Polylines
from gis.walks.network_report import NetworkReport
from layers.analysis.walking import OnFoot
from layers.cache import ArrayCache, cache_folder
from layers.kinds.model import GeometryFamily
from layers.store import Scope, Store
from layers.territory import LEVELS

__all__ = ["arrays", "kept_network", "kept_places", "kept_territory", "made_anew"]

_ANEW: ContextVar[bool] = ContextVar("anew", default=False)

WORTH_KEEPING = 2000
"""Features from which on something is kept; fewer are made sooner than found."""

_NETWORK = ("nodes", "ends", "length_m", "component")
_COUNTS = tuple(field.name for field in fields(NetworkReport))
_NONE = b""


def arrays() -> ArrayCache:
    """Name the cache of this user's programs."""
    return ArrayCache(cache_folder() / "arrays")


@contextmanager
def made_anew() -> Iterator[None]:
    """Keep nothing and take nothing that is kept: a proof rests on the store alone."""
    before = _ANEW.set(True)
    try:
        yield
    finally:
        _ANEW.reset(before)


def kept_network(
    store: Store,
    on_foot: OnFoot,
    *,
    as_of: int,
    on: dt.date,
    make: Callable[[], WalkNetwork | None],
) -> WalkNetwork | None:
    """Give the network of a state and a day: that which is kept, or else what `make` gives."""
    if _ANEW.get() or sum(store.counts(on_foot.kinds).values()) < WORTH_KEEPING:
        return make()
    made: list[WalkNetwork | None] = []

    def joined() -> dict[str, NDArray[Any]]:
        made.append(make())
        return {} if made[0] is None else _taken_apart(made[0])

    how = {"noding": on_foot.noding, "lines": list(on_foot.kinds)}
    key = _key(store, "network", on_foot.kinds, as_of, on) | how
    found = arrays().get(key, joined)
    if made:
        return made[0]
    return _put_together(found, store.settings.metric_crs) if found else None


def kept_territory(store: Store, kind: str, *, as_of: int, on: dt.date) -> pd.DataFrame:
    """Say which unit of every level each feature of a kind belongs to, as the store does.

    Raises
    ------
    UnknownKindError, ChangesetUnknownError
    """

    def looked_up() -> pd.DataFrame:
        return store.territory(kind, as_of=as_of, on=on)

    if _ANEW.get() or store.count(kind) < WORTH_KEEPING:
        return looked_up()
    key = _key(store, "territory", (kind, *LEVELS), as_of, on) | {"kind": kind}
    found = arrays().get(key, lambda: _as_bytes(looked_up()))
    return _as_units(found)


def kept_places(
    store: Store, kind: str, *, as_of: int, on: dt.date, scope: Scope
) -> GeoSeries | None:
    """Give where the features of a kind of points are, in metres, without reading the rest of them.

    None of a kind of other shapes. Ordered and labelled as `Store.read` does.

    Raises
    ------
    UnknownKindError, ScopeError, ChangesetUnknownError
    """
    if store.kind(kind).geometry != (GeometryFamily.POINT,):
        return None
    cache = None if _ANEW.get() or store.count(kind) < WORTH_KEEPING else arrays()
    found = store.points(kind, as_of=as_of, on=on, scope=scope, cache=cache)
    return found.to_positions().to_series().to_crs(store.settings.metric_crs)


def _key(
    store: Store, what: str, kinds: Collection[str], as_of: int, on: dt.date
) -> dict[str, Any]:
    settings = store.settings
    return {
        "arrays": what,
        "code": version("greengrid"),
        "store": settings.store_id,
        "epoch": settings.restore_epoch,
        "revisions": store.signed_revisions(sorted(set(kinds)), as_of=as_of),
        "on": on.isoformat(),
        "crs": [settings.storage_crs, settings.metric_crs],
    }


def _taken_apart(network: WalkNetwork) -> dict[str, NDArray[Any]]:
    report = asdict(network.report)
    return {
        **{name: getattr(network, name) for name in _NETWORK},
        **{f"edges.{name}": part for name, part in network.edges._asdict().items()},
        "report": np.array([report[name] for name in _COUNTS], dtype=np.float64),
    }


def _put_together(found: Any, crs: str) -> WalkNetwork:
    counts = dict(zip(_COUNTS, found["report"].tolist(), strict=True))
    whole = {name: n if name == "length_m" else int(n) for name, n in counts.items()}
    return WalkNetwork(
        crs=CRS.from_user_input(crs),
        edges=Polylines(**{name: found[f"edges.{name}"] for name in Polylines._fields}),
        report=NetworkReport(**whole),
        **{name: found[name] for name in _NETWORK},
    )


def _as_bytes(territory: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """Write uids as bytes, each unit once; nothing is a unit without a uid."""
    columns: dict[str, NDArray[Any]] = {
        "uid": _bytes(territory.index),
        "on_boundary": territory["on_boundary"].to_numpy(dtype=bool),
    }
    for name in (*LEVELS, "second_unit"):
        codes, units = pd.factorize(territory[name])
        columns |= {name: codes.astype(np.int32), f"{name}.uid": _bytes(units)}
    return columns


def _bytes(texts: Any) -> NDArray[np.bytes_]:
    return np.array([str(text).encode() for text in texts] or [_NONE], dtype=np.bytes_)[
        : len(texts)
    ]


def _as_units(found: Any) -> pd.DataFrame:
    columns: dict[str, Any] = {}
    for name in (*LEVELS, "second_unit"):
        units = np.append(_texts(found[f"{name}.uid"]), [None])
        columns[name] = units[found[name]]
    index = pd.Index(_texts(found["uid"]), name="uid", dtype=object)
    frame = pd.DataFrame(columns, index=index, dtype=object)
    frame.insert(len(LEVELS), "on_boundary", found["on_boundary"])
    return frame


def _texts(uids: NDArray[np.bytes_]) -> NDArray[np.object_]:
    return np.char.decode(uids, "utf-8").astype(object) if len(uids) else np.empty(0, dtype=object)
