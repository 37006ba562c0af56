"""Hot and cold units: by hand, against the formula, and what is not judged, with the reason."""

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame, GeoSeries
from pandas import Series
from scipy.stats import norm

from gis import hotspots, square_cells
from gis.errors import ColumnMissingError, CrsMismatchError, NumberError, WeightError

CRS = 4551
CELLS = square_cells(GeoSeries([shapely.box(0, 0, 800, 800)], crs=CRS), 100)


def events(**counts: int) -> GeoSeries:
    """Let so many things happen in the middle of cells."""
    middles = CELLS.centroid
    return GeoSeries([middles[cell] for cell, n in counts.items() for _ in range(n)], crs=CRS)


def by_formula(counts: np.ndarray) -> np.ndarray:
    """Standardise each neighbourhood of the eight by eight cells, as Ord and Getis print it."""
    n, mean, spread = counts.size, counts.mean(), counts.std()
    z = np.empty((8, 8))
    for x, y in np.ndindex(8, 8):
        near = counts[max(x - 1, 0) : x + 2, max(y - 1, 0) : y + 2]
        k = near.size
        z[x, y] = (near.sum() - mean * k) / (spread * np.sqrt((n * k - k**2) / (n - 1)))
    return z


def test_the_statistic_is_that_of_getis_and_ord() -> None:
    chance = np.random.default_rng(7)
    counts = chance.poisson(3, size=(8, 8))
    happened = events(**{f"x{x}y{y}": int(counts[x, y]) for x, y in np.ndindex(8, 8)})
    found = hotspots(happened, CELLS).units
    assert found["events"].to_numpy().reshape(8, 8).tolist() == counts.tolist()
    z = by_formula(counts.astype(float))
    assert found["z"].to_numpy().reshape(8, 8) == pytest.approx(z)
    p = 2 * norm.sf(np.abs(z.ravel()))
    assert found["p"].to_numpy() == pytest.approx(p)
    # Benjamini and Hochberg by hand: the largest rank at which p stays below its line.
    order = np.sort(p)
    passing = np.flatnonzero(order <= 0.05 * np.arange(1, 65) / 64)
    expected = p <= (order[passing.max()] if len(passing) else -1)
    assert (found["label"] != "even").to_numpy().tolist() == expected.tolist()


def test_a_cluster_is_hot_and_the_rest_is_not() -> None:
    found = hotspots(events(x3y3=20, x4y3=18, x3y4=22, x4y4=19), CELLS)
    hot = found.units[found.units["label"] == "hot"]
    assert {"x3y3", "x4y3", "x3y4", "x4y4"} <= set(hot.index)
    assert found.units.loc["x0y7", "label"] == "even"
    assert found.units["expected"].tolist() == pytest.approx([79 / 64] * 64)
    assert (found.events, found.outside) == (79, 0)


def test_chance_alone_is_seldom_hot() -> None:
    """Of a hundred maps of pure chance, no more than some ten show anything at all."""
    chance = np.random.default_rng(11)
    alarms = 0
    for _ in range(40):
        cells = chance.choice(CELLS.index, size=400)
        alarms += bool((hotspots(Series(cells), CELLS).units["label"] != "even").any())
    assert alarms <= 8


def test_where_more_people_live_more_may_happen() -> None:
    people = CELLS.assign(people=100.0)
    crowded = ["x3y3", "x4y3", "x3y4", "x4y4"]
    people.loc[crowded, "people"] = 2000.0
    happened = events(**{cell: (20 if cell in crowded else 1) for cell in CELLS.index})
    assert (hotspots(happened, people).units["label"] == "hot").any()
    by_rate = hotspots(happened, people, population="people").units
    assert by_rate["reason"].unique().tolist() == ["all_equal"]
    assert by_rate["expected"].to_numpy() == pytest.approx(by_rate["events"].to_numpy())


def test_units_that_cannot_be_judged_say_why() -> None:
    lonely = GeoDataFrame(
        {"inside_m2": [1.0, 1.0]}, geometry=[shapely.box(5000, 0, 5100, 100), None], crs=CRS,
        index=["island", "nowhere"],
    )  # fmt: skip
    units = GeoDataFrame(
        {"people": [10.0] * 64 + [10.0, 10.0]},
        geometry=[*CELLS.geometry, *lonely.geometry],
        index=[*CELLS.index, *lonely.index],
        crs=CRS,
    )
    units.loc["x0y0", "people"] = 0
    units.loc["x0y1", "people"] = None
    found = hotspots(events(x5y5=30, x4y5=30, x0y0=1), units, population="people").units
    assert found.loc[["island", "nowhere", "x0y0", "x0y1"], "reason"].tolist() == [
        "no_neighbours", "no_geometry", "no_population", "no_population",
    ]  # fmt: skip
    assert found["label"].notna().sum() == 62
    assert found.loc["x5y5", "label"] == "hot"


def test_too_few_units_and_equal_ones_are_not_judged() -> None:
    few = hotspots(events(x0y0=9), CELLS.iloc[:29]).units
    assert few["reason"].unique().tolist() == ["too_few_units"]
    assert few["events"].sum() == 9
    none = hotspots(events(), CELLS).units
    assert none["reason"].unique().tolist() == ["all_equal"]
    assert none["label"].isna().all()


def test_events_outside_are_counted() -> None:
    away = GeoSeries([shapely.Point(-50, 0), shapely.Point(50, 50), None], crs=CRS)
    found = hotspots(away, CELLS)
    assert (found.events, found.outside, found.units["events"].sum()) == (3, 2, 1)
    named = hotspots(Series(["x0y0", None, "x9y9"]), CELLS)
    assert (named.outside, named.units["events"].sum()) == (2, 1)


def test_neither_order_nor_place_decides() -> None:
    happened = events(x3y3=20, x4y3=18, x7y0=3)
    here = hotspots(happened, CELLS).units
    order = np.random.default_rng(3).permutation(64)
    shuffled = hotspots(happened[::-1], CELLS.iloc[order]).units
    assert shuffled["z"].to_numpy() == pytest.approx(here["z"].to_numpy()[order])
    moved = CELLS.set_geometry(CELLS.translate(5e5, 4e6))
    there = hotspots(happened.translate(5e5, 4e6), moved).units
    assert there["z"].to_numpy() == pytest.approx(here["z"].to_numpy())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"alpha": 0.0}, NumberError),
        ({"population": "people"}, ColumnMissingError),
        ({"population": "debts"}, WeightError),
        ({"events": GeoSeries([shapely.Point(0, 0)], crs=4550)}, CrsMismatchError),
    ],
)
def test_what_cannot_be_judged_is_refused(
    change: dict[str, object], error: type[Exception]
) -> None:
    asked = {"events": events(x0y0=1), "units": CELLS.assign(debts=-1.0)}
    with pytest.raises(error):
        hotspots(**{**asked, **change})


def test_cells_are_whole_and_begin_at_multiples() -> None:
    ground = GeoSeries([shapely.box(130, 250, 270, 320)], crs=CRS)
    cells = square_cells(ground, 100)
    assert cells.total_bounds.tolist() == [100, 200, 300, 400]
    assert cells["inside_m2"].to_dict() == {
        "x0y0": 70 * 50, "x0y1": 70 * 20, "x1y0": 70 * 50, "x1y1": 70 * 20,
    }  # fmt: skip
    assert square_cells(GeoSeries([None], crs=CRS), 100).empty
    with pytest.raises(NumberError):
        square_cells(ground, 0.01)
