"""Features by the thousand: items of OGC API – Features at limit 1,000."""

from __future__ import annotations

import json
from collections.abc import Callable

import numpy as np
from services import OURS, PYGEOAPI, TIPG, Case, Scene

LIMIT = 1_000
_TARGET = {TIPG: 3.0}


def cases(scene: Scene) -> list[Case]:
    """Ask for one page again and again, for pages elsewhere, and for one after a write."""
    boxes = _boxes(scene)
    everywhere = _asking(scene, lambda _: "")
    return [
        Case("The same 1,000 features, nothing written meanwhile", everywhere, at_least=_TARGET,
             tell=_told),
        Case("The same 1,000 features, each time after a write", everywhere, before=scene.touch,
             at_least=_TARGET, tell=_told),
        Case("1,000 features in a box, each time another box",
             _asking(scene, lambda n: f"&bbox={boxes[n % len(boxes)]}"), at_least=_TARGET,
             tell=_told),
    ]  # fmt: skip


def _asking(scene: Scene, more: Callable[[int], str]) -> dict[str, Callable[[int], str]]:
    kind = scene.kind
    return {
        OURS: lambda n: f"/ogc/collections/{kind}/items?limit={LIMIT}{more(n)}",
        TIPG: lambda n: f"/collections/{scene.plain}/items?f=geojson&limit={LIMIT}{more(n)}",
        PYGEOAPI: lambda n: f"/collections/{kind}/items?f=json&limit={LIMIT}{more(n)}",
    }


def _boxes(scene: Scene) -> list[str]:
    """Choose windows that hold at least a thousand features where there are as many."""
    west, south, east, north = scene.store.read(scene.kind).total_bounds
    rng, share = np.random.default_rng(3), 0.6
    width, height = (east - west) * share, (north - south) * share
    corners = rng.uniform((west, south), (east - width, north - height), (40, 2))
    return [f"{x:.7f},{y:.7f},{x + width:.7f},{y + height:.7f}" for x, y in corners.tolist()]


def _told(body: bytes) -> str:
    found = json.loads(body)
    one = found["features"][0]
    return (
        f"{len(found['features']):,} of {found['numberMatched']:,} features, "
        f"{len(one['properties'])} properties, {len(body) / 1e3:.0f} kB"
    )
