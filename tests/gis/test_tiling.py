"""Gaps, overlaps and bulges of units: by hand, by law, and against a lattice that can be counted."""

import numpy as np
import pytest
import shapely
from geopandas import GeoSeries
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import Series
from shapely import box
from shapely.affinity import translate

from gis.errors import CrsMissingError, GeometryInvalidError, IndexMismatchError, NumberError
from gis.ground.tiling import FAULTS, shares_in_parents, tiling_faults

CRS = 4551
TOWN = GeoSeries([box(0, 0, 40, 40)], index=["town"], crs=CRS)


def areas(**shapes: shapely.Geometry) -> GeoSeries:
    return GeoSeries(shapes, crs=CRS)


def told(
    units: GeoSeries, parents: GeoSeries | None = TOWN, **options: object
) -> list[tuple[object, ...]]:
    parent_of = None if parents is None else Series("town", index=units.index)
    found = tiling_faults(units, parents, parent_of, **options)  # type: ignore[arg-type]
    plain = found.astype({"unit": object, "other": object})
    plain = plain.where(plain.notna(), None)
    rows = zip(
        plain["fault"],
        plain["unit"],
        plain["other"],
        found["area_m2"].round(3),
        found["width_m"].round(1),
        strict=True,
    )
    return list(rows)


def test_a_clean_tiling_has_no_faults() -> None:
    assert told(areas(w=box(0, 0, 25, 40), e=box(25, 0, 40, 40))) == []


def test_a_gap_an_overlap_and_a_bulge() -> None:
    units = areas(a=box(0, 0, 20, 40), b=box(15, 0, 30, 40), c=box(33, 0, 42, 40))
    assert told(units) == [
        ("gap", None, "town", 120.0, 3.0),
        ("overlap", "a", "b", 200.0, 5.0),
        ("bulge", "c", "town", 80.0, 2.0),
    ]


def test_slivers_are_told_by_their_width_whatever_their_area() -> None:
    units = areas(a=box(0, 0, 20.5, 40), b=box(20, 0, 30, 40), c=box(30.05, 0, 40, 40))
    found = tiling_faults(units, TOWN, Series("town", index=units.index), sliver_m=1.0)
    assert found[["fault", "is_sliver"]].to_numpy().tolist() == [["overlap", True]]
    assert found["area_m2"].iloc[0] == pytest.approx(20)
    # The crack of five centimetres is below the tolerance, until somebody wants to know.
    finer = tiling_faults(units, TOWN, Series("town", index=units.index), tolerance_m=0.01)
    assert set(finer["fault"]) == {"gap", "overlap"}


def test_without_parents_only_enclosed_ground_is_a_gap() -> None:
    ring = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))
    assert told(areas(a=ring, b=box(35, 0, 40, 40)), None) == [("gap", None, None, 100.0, 10.0)]
    assert told(areas(a=ring, b=box(10, 10, 20, 20)), None) == []


def test_a_neighbours_ground_is_a_bulge_and_no_gap() -> None:
    parents = areas(west=box(0, 0, 20, 40), east=box(20, 0, 40, 40))
    units = areas(a=box(0, 0, 25, 40), b=box(25, 0, 40, 40))
    found = tiling_faults(units, parents, Series({"a": "west", "b": "east"}))
    assert found[["fault", "unit", "other"]].to_numpy().tolist() == [["bulge", "a", "west"]]


def test_the_same_unit_twice_overlaps_whole() -> None:
    assert told(areas(a=box(0, 0, 40, 40), b=box(0, 0, 40, 40))) == [
        ("overlap", "a", "b", 1600.0, 40.0)
    ]


def test_missing_empty_and_many_parts() -> None:
    units = areas(
        a=shapely.MultiPolygon([box(0, 0, 10, 40), box(30, 0, 40, 40)]),
        b=box(10, 0, 30, 40),
        c=shapely.Polygon(),
        d=None,
    )
    assert told(units) == []
    nobody = GeoSeries([], crs=CRS)
    assert told(nobody) == [("gap", None, "town", 1600.0, 40.0)]
    assert told(nobody, None) == []


def test_inputs_are_refused_and_never_changed() -> None:
    units = areas(a=box(0, 0, 20, 40))
    before = units.copy()
    told(units)
    assert units.geom_equals_exact(before, 0).all()
    bow = areas(a=shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]))
    with pytest.raises(GeometryInvalidError):
        tiling_faults(bow)
    with pytest.raises(CrsMissingError):
        tiling_faults(GeoSeries([box(0, 0, 1, 1)]))
    with pytest.raises(IndexMismatchError):
        tiling_faults(units, TOWN, Series({"b": "town"}))
    with pytest.raises(NumberError):
        tiling_faults(units, tolerance_m=1.0, sliver_m=0.5)


SIDE = 5


@st.composite
def lattices(draw: st.DrawFn) -> list[tuple[int, int, int, int]]:
    """Draw up to five rectangles on squared paper."""
    rectangles = []
    for _ in range(draw(st.integers(0, 5))):
        x, y = draw(st.integers(-1, SIDE - 1)), draw(st.integers(-1, SIDE - 1))
        rectangles.append((x, y, x + draw(st.integers(1, 3)), y + draw(st.integers(1, 3))))
    return rectangles


@settings(max_examples=60, deadline=None)
@given(rectangles=lattices(), order=st.randoms(use_true_random=False))
def test_faults_are_the_squares_that_can_be_counted(
    rectangles: list[tuple[int, int, int, int]], order: object
) -> None:
    count = np.zeros((len(rectangles), SIDE + 6, SIDE + 6), dtype=bool)
    for number, (x0, y0, x1, y1) in enumerate(rectangles):
        count[number, x0 + 3 : x1 + 3, y0 + 3 : y1 + 3] = True
    inside = np.zeros_like(count[0] if len(count) else np.zeros((SIDE + 6, SIDE + 6), dtype=bool))
    inside[3 : SIDE + 3, 3 : SIDE + 3] = True
    by_hand = {
        "gap": int((inside & ~count.any(axis=0)).sum()),
        "overlap": sum(
            int((one & two).sum()) for n, one in enumerate(count) for two in count[n + 1 :]
        ),
        "bulge": int((count & ~inside).sum()),
    }
    units = GeoSeries(
        [box(*each) for each in rectangles],
        index=[f"u{n}" for n in range(len(rectangles))],
        crs=CRS,
    )
    parents = GeoSeries([box(0, 0, SIDE, SIDE)], index=["p"], crs=CRS)
    parent_of = Series("p", index=units.index, dtype=object)
    found = tiling_faults(units, parents, parent_of)
    measured = found.groupby("fault")["area_m2"].sum()
    assert {fault: round(measured.get(fault, 0.0)) for fault in FAULTS} == by_hand
    # The order of rows is irrelevant, and so is where on the ground it is.
    labels = list(units.index)
    order.shuffle(labels)  # type: ignore[attr-defined]  # a random of hypothesis
    again = tiling_faults(units[labels], parents, parent_of[labels])
    columns = ["fault", "unit", "other", "area_m2"]
    assert (
        again[columns]
        .round(6)
        .astype(object)
        .fillna("")
        .equals(found[columns].round(6).astype(object).fillna(""))
    )
    moved = tiling_faults(
        GeoSeries([translate(each, 1000, 2000) for each in units], index=units.index, crs=CRS),
        GeoSeries([translate(parents.iloc[0], 1000, 2000)], index=["p"], crs=CRS), parent_of,
    )  # fmt: skip
    assert np.allclose(moved["area_m2"], found["area_m2"])
    assert np.allclose(moved["width_m"], found["width_m"], atol=0.01)


def test_shares_are_those_of_the_area() -> None:
    parents = areas(west=box(0, 0, 20, 40), east=box(20, 0, 40, 40))
    shares = shares_in_parents(areas(a=box(5, 0, 25, 10), b=box(100, 0, 110, 10)), parents)
    assert shares.to_numpy().tolist() == [["a", "west", 0.75], ["a", "east", 0.25]]
