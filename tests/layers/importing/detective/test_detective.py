"""Whatever a survey was distorted by is found; one that was not distorted is never accused."""

from collections.abc import Callable

import numpy as np
import pytest
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pyproj import Transformer

from gis.datum import convert_coordinates
from layers.importing.detective import Ground, Verdict
from layers.importing.detective.readings import placer
from tests.layers.importing.detective.conftest import ask

Numbers = NDArray[np.float64]
KINDS = ("manhole_cover", "building", "green_space", "road")


def shifted(datum: str) -> Callable[[Numbers], Numbers]:
    return lambda xy: convert_coordinates(xy, "WGS84", datum)


def projected(code: int, *, add: float = 0.0, turned: bool = False) -> Callable[[Numbers], Numbers]:
    """Write numbers as a projected system has them, perhaps with another zone before them."""
    to = Transformer.from_crs(4490 if 4490 < code < 4560 else 4326, code, always_xy=True)

    def distort(xy: Numbers) -> Numbers:
        x, y = to.transform(xy[:, 0].copy(), xy[:, 1].copy())
        return np.column_stack([y, x + add] if turned else [x + add, y])

    return distort


def packed(xy: Numbers) -> Numbers:
    seconds = np.round(xy * 3600, 4)
    minutes, seconds = np.divmod(seconds, 60)
    degrees, minutes = np.divmod(minutes, 60)
    return degrees + minutes / 100 + seconds / 10_000


def packed_minutes(xy: Numbers) -> Numbers:
    return np.floor(xy) * 100 + (xy % 1) * 60


def packed_whole(xy: Numbers) -> Numbers:
    return np.round(packed(xy) * 10_000, 2)


# What was done to the numbers, and what the detective has to propose: the datum, the mapping.
DISTORTIONS: dict[str, tuple[Callable[[Numbers], Numbers], str, str]] = {
    "none": (lambda xy: xy, "WGS84", ""),
    "gcj": (shifted("GCJ-02"), "GCJ-02", ""),
    "bd": (shifted("BD-09"), "BD-09", ""),
    "turned": (lambda xy: xy[:, ::-1], "WGS84", "swapped = true"),
    "turned gcj": (lambda xy: shifted("GCJ-02")(xy)[:, ::-1], "GCJ-02", "swapped = true"),
    "hundredths": (lambda xy: xy * 100, "WGS84", "divide_by = 100"),
    "whole": (lambda xy: np.round(xy * 1e6), "WGS84", "divide_by = 1000000"),
    "whole gcj": (lambda xy: shifted("GCJ-02")(xy) * 1e5, "GCJ-02", "divide_by = 100000"),
    "west": (lambda xy: xy * (-1, 1), "WGS84", 'mirrored = "x"'),
    "packed": (packed, "WGS84", 'packed = "ddd.mmss"'),
    "packed minutes": (packed_minutes, "WGS84", 'packed = "dddmm.mm"'),
    "packed whole": (packed_whole, "WGS84", 'packed = "dddmmss"'),
    "zone": (projected(4551), "EPSG:4551", ""),
    "zone turned": (projected(4551, turned=True), "EPSG:4551", "swapped = true"),
    "zone number": (projected(4530), "EPSG:4530", ""),
    "neighbouring zone": (projected(4550), "EPSG:4550", ""),
    "six degrees": (projected(4500), "EPSG:4500", ""),
    "wrong zone number": (projected(4551, add=39e6), "EPSG:4551", "zone_dropped = true"),
    "mercator": (projected(3857), "EPSG:3857", ""),
    "utm": (projected(32652), "EPSG:32652", ""),
}


@pytest.mark.parametrize("name", DISTORTIONS)
def test_a_distortion_is_found(ground: Ground, town: dict[str, GeoDataFrame], name: str) -> None:
    """And what is proposed brings the rows back to where they are."""
    distort, datum, said = DISTORTIONS[name]
    frame = town["manhole_cover"]
    found = ask(ground, "manhole_cover", frame, distort)
    assert found.verdict in {Verdict.CLEAR, Verdict.ONLY}
    assert found.best is not None
    assert (found.best.datum, said in found.best.notation.to_toml()) == (datum, True)
    assert bool(found.best.notation.to_toml()) == bool(said)
    back = placer(found.best, ground.crs)(distort(frame.get_coordinates().to_numpy()))
    true = frame.to_crs(ground.crs).get_coordinates().to_numpy()
    assert np.hypot(*(back - true).T).max() < 1.5
