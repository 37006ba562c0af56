"""Coordinates in metres as geographers and as surveyors write them, with and without zone."""

from pathlib import Path

import pytest

from layers import Store
from layers.importing.errors import DatumOutsideAreaError
from tests.layers.importing.survey import Import
from tests.layers.importing.zoo.sheets import write_csv

# 126.5 E, 42.0 N in zone 42 (central meridian 126 E).
EAST, NORTH = 541_425.437, 4_651_757.828


def table(path: Path, names: tuple[str, str], first: float, second: float) -> Path:
    return write_csv(path / "a.csv", [["编号", *names], ["A1", first, second]])


@pytest.mark.parametrize(
    ("names", "first", "second", "notes"),
    [
        (("横坐标", "纵坐标"), EAST, NORTH, set()),
        (("东坐标(Y)", "北坐标(X)"), EAST, NORTH, set()),
        (("x", "y"), EAST, NORTH, set()),
        (("X坐标", "Y坐标"), NORTH, EAST, {"axes_of_surveyors"}),
        (("X", "Y"), NORTH, EAST + 42e6, {"axes_of_surveyors", "zone_prefix_removed"}),
        (("横坐标", "纵坐标"), EAST + 42e6, NORTH, {"zone_prefix_removed"}),
    ],
)
def test_both_professions_are_understood(
    *,
    take: Import,
    tmp_path: Path,
    store: Store,
    names: tuple[str, str],
    first: float,
    second: float,
    notes: set[str],
) -> None:
    report = take("manhole_cover", table(tmp_path, names, first, second), datum="EPSG:4551")
    assert (report.added, set(report.notes)) == (1, notes)
    point = store.read("manhole_cover").geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((126.5, 42.0), abs=1e-6)


@pytest.mark.parametrize("prefix", [0.0, 42e6])
def test_a_system_that_counts_with_the_zone(
    take: Import, tmp_path: Path, store: Store, prefix: float
) -> None:
    path = table(tmp_path, ("东坐标", "北坐标"), EAST + prefix, NORTH)
    report = take("manhole_cover", path, datum="EPSG:4530")
    assert set(report.notes) == (set() if prefix else {"zone_prefix_added"})
    point = store.read("manhole_cover").geometry.iloc[0]
    assert (point.x, point.y) == pytest.approx((126.5, 42.0), abs=1e-6)


@pytest.mark.parametrize(
    ("names", "first", "second"),
    [(("横坐标", "纵坐标"), NORTH, EAST), (("横坐标", "纵坐标"), EAST + 41e6, NORTH)],
)
def test_what_contradicts_the_datum_is_refused(
    take: Import, tmp_path: Path, names: tuple[str, str], first: float, second: float
) -> None:
    with pytest.raises(DatumOutsideAreaError):
        take("manhole_cover", table(tmp_path, names, first, second), datum="EPSG:4551")
