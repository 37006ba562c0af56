"""Lines joined to a network: by hand, on streets whose nodes can be counted on the fingers."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from geopandas import GeoDataFrame, GeoSeries
from shapely import LineString, MultiLineString, Point

import gis.walks.network
from gis.errors import (
    ArgumentTypeError,
    ColumnMissingError,
    CrsMismatchError,
    CrsMissingError,
    CrsNotMetricError,
    DuplicateIndexError,
    GeometryFamilyError,
    GeometryNotFiniteError,
    GisError,
    IndexMismatchError,
    NumberError,
)
from gis.walks.network import WalkNetwork
from tests.gis.zoo import AREAS, LINES, NOTHING, POINTS

CRS = 4551
EAST = LineString([(0, 50), (100, 50)])
NORTH = LineString([(50, 0), (50, 100)])


def streets(*lines: Any, crs: Any = CRS, **columns: Any) -> GeoDataFrame:
    return GeoDataFrame(columns, geometry=list(lines), crs=crs)


def joined(*lines: Any, **options: Any) -> WalkNetwork:
    return WalkNetwork.from_lines(streets(*lines), **options)


def size(network: WalkNetwork) -> tuple[int, int, int]:
    found = network.report
    assert len(network.nodes) == found.nodes == len(network.component)
    assert len(network.ends) == found.edges == len(network.length_m)
    return found.nodes, found.edges, found.components


@pytest.mark.parametrize(
    ("lines", "by_vertices", "by_crossings"),
    [
        pytest.param([EAST, NORTH], (4, 2, 2), (5, 4, 1), id="a crossing"),
        pytest.param(
            [EAST, LineString([(50, 50), (50, 100)])], (4, 2, 2), (4, 3, 1), id="an end on a line"
        ),
        pytest.param(
            [EAST, LineString([(50, 50.004), (50, 100)])], (4, 2, 2), (4, 3, 1), id="nearly on it"
        ),
        pytest.param(
            [EAST, LineString([(50, 50.02), (50, 100)])], (4, 2, 2), (4, 2, 2), id="before it"
        ),
        pytest.param(
            [EAST, LineString([(100.004, 50), (200, 50)])], (3, 2, 1), (3, 2, 1), id="near ends"
        ),
        pytest.param(
            [LineString([(0, 50), (50, 50), (100, 50)]), NORTH],
            (5, 3, 2), (5, 4, 1), id="a vertex on a line",
        ),
        pytest.param(
            [LineString([(0, 50), (50, 50), (100, 50)]), LineString([(50, 0), (50, 50), (50, 99)])],
            (5, 4, 1), (5, 4, 1), id="a common vertex",
        ),
        pytest.param(
            [LineString([(0, 0), (20, 20), (20, 0), (0, 20)])], (2, 1, 1), (3, 3, 1), id="a knot"
        ),
        pytest.param(
            [EAST, LineString([(50, 50), (150, 50)])], (4, 2, 2), (4, 3, 1), id="an overlap"
        ),
        pytest.param([EAST, EAST.reverse()], (2, 1, 1), (2, 1, 1), id="there and back"),
        pytest.param(
            [LineString([(0, 0), (9, 0), (9, 9), (0, 0)])], (1, 1, 1), (1, 1, 1), id="a ring"
        ),
        pytest.param([MultiLineString([EAST, NORTH])], (4, 2, 2), (5, 4, 1), id="parts"),
    ],
)  # fmt: skip
def test_lines_join(
    lines: list[Any], by_vertices: tuple[int, ...], by_crossings: tuple[int, ...]
) -> None:
    if lines[0].wkt.startswith("LINESTRING (0 50, 50 50") and len(lines[1].coords) == 2:
        by_vertices = (4, 2, 2)  # a vertex in the middle of a line is no node by itself
    assert size(joined(*lines)) == by_vertices
    assert size(joined(*lines, noding="crossings")) == by_crossings


@pytest.mark.parametrize(
    ("lines", "levels", "expected"),
    [
        pytest.param([EAST, NORTH], [0, 1], (4, 2, 2), id="a bridge above a street"),
        pytest.param([EAST, NORTH], [1, 1], (5, 4, 1), id="both on the bridge"),
        pytest.param([EAST, NORTH], [0, None], (5, 4, 1), id="no level is level 0"),
        pytest.param(
            [LineString([(0, 50), (50, 50), (100, 50)]), LineString([(50, 0), (50, 50), (50, 99)])],
            [0, 1], (4, 2, 2), id="vertices one above the other",
        ),
        pytest.param(
            [LineString([(0, 50), (50, 50), (100, 50)]), LineString([(50, 50), (50, 99)])],
            [0, 1], (4, 3, 1), id="a ramp ends in the street",
        ),
        pytest.param([EAST, LineString([(50, 50), (50, 99)])], [0, 1], (4, 3, 1), id="upon it"),
    ],
)  # fmt: skip
def test_levels_join_only_at_ends(lines: list[Any], levels: list[Any], expected: Any) -> None:
    layer = streets(*lines, level=levels)
    assert size(WalkNetwork.from_lines(layer, noding="crossings", level="level")) == expected


def test_everything_that_was_done_is_reported() -> None:
    report = joined(
        EAST, EAST, NORTH, None, LineString(), LineString([(7, 7), (7, 7)]),
        LineString([(100, 50), (100, 50), (100, 80)]), LineString([(0, 50), (9, 60), (100, 50)]),
        LineString([(300, 0), (309, 0), (309, 9), (300, 0)]),
        noding="crossings",
    ).report  # fmt: skip
    assert (report.lines, report.no_geometry, report.parts) == (9, 2, 7)
    assert (report.zero_length, report.duplicates, report.crossings) == (1, 2, 2)
    assert (report.self_loops, report.parallel) == (1, 0)
    assert (report.nodes, report.edges, report.components) == (8, 9, 2)
    assert report.largest == 7
    assert report.largest_share == pytest.approx(7 / 8)
    assert report.to_dict()["length_m"] == report.length_m


def test_components_are_numbered_by_size() -> None:
    network = joined(EAST, LineString([(100, 50), (200, 50)]), LineString([(0, 900), (9, 900)]))
    table = network.components
    assert table["nodes"].tolist() == [3, 2]
    assert table["length_m"].tolist() == [200, 9]
    assert (table["x"].iloc[1], table["y"].iloc[1]) == (4.5, 900)
    frame = network.to_frame()
    assert np.bincount(frame["component"], frame["length_m"]).tolist() == [200, 9]


def test_a_small_network_is_drawn_as_it_was_given() -> None:
    bent = LineString([(0, 0), (10, 0), (10, 10)])
    frame = joined(bent.reverse()).to_frame()
    assert frame.geometry.iloc[0].equals_exact(bent)
    assert frame["length_m"].tolist() == [20]
    assert frame.crs == CRS


@pytest.mark.parametrize("shape", NOTHING.values(), ids=NOTHING)
def test_nothing_makes_no_network(shape: Any) -> None:
    if shape is not None and "LINE" not in shape.wkt:
        shape = None
    assert size(joined(shape)) == (0, 0, 0)
    assert joined(shape).report.largest_share is None
    assert joined(shape).components.empty


@pytest.mark.parametrize("shape", LINES.values(), ids=LINES)
def test_every_line_is_taken(shape: Any) -> None:
    for noding in ("vertices", "crossings"):
        network = joined(shape, noding=noding)
        assert network.report.length_m == pytest.approx(shape.length)
        assert np.isfinite(network.nodes).all()


NODES = GeoDataFrame(
    {"id": [7, 8, 9, 5]}, geometry=GeoSeries.from_xy([0, 100, 100, 4], [0, 0, 50, 4]), crs=CRS
)


def test_edges_may_name_their_nodes() -> None:
    edges = GeoDataFrame(
        {"u": [7, 9, 7], "v": [8, 8, 9], "m": [110.0, 50.0, 30.0]},
        geometry=[LineString([(0, 0), (50, 5), (100, 0)]), LineString([(100, 0), (100, 50)]), None],
        crs=CRS,
    )
    drawn = WalkNetwork.from_edges(NODES, edges, key="id")
    assert size(drawn) == (3, 3, 1)  # nobody goes to node 5
    assert sorted(drawn.length_m.round(2)) == [50, 100.5, 111.8]
    counted = WalkNetwork.from_edges(NODES, edges, key="id", length="m")
    assert sorted(counted.length_m) == [30, 50, 110]
    assert counted.report.no_geometry == 1


def test_crossing_edges_that_name_their_nodes_do_not_join() -> None:
    nodes = GeoDataFrame(
        {"id": list("abcd")}, geometry=GeoSeries.from_xy([0, 9, 0, 9], [0, 9, 9, 0]), crs=CRS
    )
    edges = GeoDataFrame({"u": ["a", "c"], "v": ["b", "d"]}, geometry=[None, None], crs=CRS)
    assert size(WalkNetwork.from_edges(nodes, edges, key="id")) == (4, 2, 2)


@pytest.mark.parametrize(
    ("error", "layer", "options"),
    [
        (ArgumentTypeError, streets(EAST), {"noding": "grid"}),
        (ArgumentTypeError, "lines", {}),
        (ColumnMissingError, streets(EAST), {"level": "layer"}),
        (ArgumentTypeError, streets(EAST, level=["up"]), {"level": "level"}),
        (NumberError, streets(EAST), {"tolerance_m": -1}),
        (NumberError, streets(EAST), {"tolerance_m": float("nan")}),
        (CrsMissingError, streets(EAST, crs=None), {}),
        (CrsNotMetricError, streets(EAST, crs=4490), {}),
        (GeometryFamilyError, streets(POINTS["point"]), {}),
        (GeometryFamilyError, streets(AREAS["square"]), {}),
        (GeometryNotFiniteError, streets(LineString([(0, 0), (float("inf"), 1)])), {}),
    ],
)
def test_what_is_no_network_is_refused(error: Any, layer: Any, options: Any) -> None:
    with pytest.raises(error):
        WalkNetwork.from_lines(layer, **options)


def test_layers_in_two_systems_are_refused() -> None:
    with pytest.raises(CrsMismatchError):
        WalkNetwork.from_lines(streets(EAST), streets(NORTH, crs=4550))
    with pytest.raises(ArgumentTypeError):
        WalkNetwork.from_lines()


def test_a_network_has_an_upper_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gis.walks.network, "MAX_VERTICES", 3)
    with pytest.raises(NumberError):
        joined(EAST, NORTH)


@pytest.mark.parametrize(
    ("error", "nodes", "edges"),
    [
        (ColumnMissingError, NODES, {"v": [8]}),
        (IndexMismatchError, NODES, {"u": [7], "v": [6]}),
        (DuplicateIndexError, NODES.assign(id=7), {"u": [7], "v": [7]}),
        (NumberError, NODES, {"u": [7], "v": [8], "m": [-1.0]}),
        (NumberError, NODES, {"u": [7], "v": [8], "m": [None]}),
        (ColumnMissingError, NODES, {"u": [7], "v": [8]}),
        (
            ArgumentTypeError,
            NODES.set_geometry([None] * 4, crs=CRS),
            {"u": [7], "v": [8], "m": [1]},
        ),
    ],
)
def test_edges_that_name_nothing_are_refused(
    error: type[GisError], nodes: GeoDataFrame, edges: Any
) -> None:
    frame = GeoDataFrame(pd.DataFrame(edges), geometry=[EAST], crs=CRS)
    with pytest.raises(error):
        WalkNetwork.from_edges(nodes, frame, key="id", length="m")


def test_an_edge_in_parts_is_refused() -> None:
    edges = GeoDataFrame(
        {"u": [7], "v": [8]}, geometry=[MultiLineString([EAST, LineString([(0, 0), (9, 9)])])],
        crs=CRS,
    )  # fmt: skip
    with pytest.raises(ArgumentTypeError):
        WalkNetwork.from_edges(NODES, edges, key="id")


def test_the_end_of_a_named_edge_is_its_node() -> None:
    edges = GeoDataFrame({"u": [7], "v": [8]}, geometry=[LineString([(99, 0), (1, 0)])], crs=CRS)
    frame = WalkNetwork.from_edges(NODES, edges, key="id").to_frame()
    assert list(frame.geometry.iloc[0].coords) == [(0, 0), (100, 0)]
    assert Point(0, 0).distance(frame.geometry.iloc[0]) == 0
