"""The network on which an analysis walks, made of the lines that a store keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

from geopandas import GeoDataFrame

from gis import RuleSet, WalkNetwork
from gis.covering.measure_walks import Unconnected
from gis.walks.network import Noding
from gis.walks.walking import MAX_SNAP_M
from layers.errors import AnalysisInputError
from layers.kinds.model import GeometryFamily
from layers.store import Store

__all__ = ["NODINGS", "UNCONNECTED", "WALKWAYS", "OnFoot", "require_lines", "walk_network", "walks"]

WALKWAYS = "walkway"
"""The kind on which one walks unless somebody says otherwise."""

NODINGS: tuple[str, ...] = get_args(Noding)
UNCONNECTED: tuple[str, ...] = get_args(Unconnected)

# On these one drives; nobody walks there.
_NOT_WALKED: Mapping[str, frozenset[str]] = {"road": frozenset({"motorway", "expressway"})}
_LEVEL = "level"


@dataclass(frozen=True, kw_only=True)
class OnFoot:
    """How one walks; every part of it is kept with the run.

    Parameters
    ----------
    kinds
        Line kinds of which the network is made.
    noding
        Whether lines join at common `vertices` only, or at their `crossings` too.
    max_snap_m
        Longest straight leg between a place or target and the network, metres.
    unconnected
        What becomes of places of which the network says nothing.
    """

    kinds: tuple[str, ...] = (WALKWAYS,)
    noding: Noding = "vertices"
    max_snap_m: float = MAX_SNAP_M
    unconnected: Unconnected = "excluded"

    def to_dict(self) -> dict[str, Any]:
        """Give every part under its name, for JSON."""
        return asdict(self) | {"kinds": list(self.kinds)}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any] | None) -> OnFoot | None:
        """Read what `to_dict` gave."""
        return None if values is None else cls(**{**values, "kinds": tuple(values["kinds"])})


def walks(ruleset: RuleSet) -> bool:
    """Tell whether a tier of the rule set is walked."""
    return any(tier.distance == "walk" for tier in ruleset.tiers)


def require_lines(store: Store, on_foot: OnFoot) -> None:
    """Refuse kinds that are no lines.

    Raises
    ------
    AnalysisInputError, UnknownKindError
    """
    for key in on_foot.kinds:
        if store.kind(key).geometry != (GeometryFamily.LINE,):
            raise AnalysisInputError(analysis="coverage", missing=key, reason="no_lines")


def walk_network(frames: Mapping[str, GeoDataFrame], on_foot: OnFoot) -> WalkNetwork:
    """Join the lines of one or more kinds, in metres, to a network.

    Raises
    ------
    AnalysisInputError
        There are no lines.
    """
    if all(frame.empty for frame in frames.values()):
        raise AnalysisInputError(analysis="coverage", missing=on_foot.kinds[0], reason="no_rows")
    layers = [_walked(key, frame) for key, frame in frames.items()]
    return WalkNetwork.from_lines(*layers, noding=on_foot.noding, level=_LEVEL)


def _walked(key: str, frame: GeoDataFrame) -> GeoDataFrame:
    if key in _NOT_WALKED:
        frame = frame[~frame["class"].isin(_NOT_WALKED[key])]
    return frame if _LEVEL in frame else frame.assign(level=None)
