"""Single rows that are meant otherwise, maps beside the ground, and what cannot be known."""

import numpy as np
import pytest
from geopandas import GeoDataFrame

from layers import Scope, create_store
from layers.importing.detective import Ground, Verdict
from layers.importing.notation import RowSet
from tests.layers.importing.detective.conftest import HELD, Distort, ask, held
from tests.layers.importing.detective.test_detective import Numbers, shifted
from tests.layers.importing.detective.towns import BAISHAN, GUANGZHOU, LAS_PALMAS, make_town


def some(rows: list[int], distort: Distort) -> Distort:
    """Distort only some rows of points, by position."""

    def of_rows(xy: Numbers) -> Numbers:
        done = xy.copy()
        done[rows] = distort(xy[rows])
        return done

    return of_rows


def spans(*rows: int) -> tuple[tuple[int, int], ...]:
    return tuple((row, row) for row in rows)


@pytest.mark.parametrize("says", [("code",), ("name",), ()])
def test_rows_of_another_datum(
    ground_with_covers: Ground, town: dict[str, GeoDataFrame], says: tuple[str, ...]
) -> None:
    """By key, by name, or because they would lie where covers are."""

    def distort(xy: Numbers) -> Numbers:
        done = shifted("GCJ-02")(xy)
        done[[3, 50, 51]] = shifted("BD-09")(xy[[3, 50, 51]])
        return done

    found = ask(ground_with_covers, "manhole_cover", town["manhole_cover"], distort, says)
    assert (found.verdict, found.best and found.best.datum) == (Verdict.CLEAR, "GCJ-02")
    assert [(odd.reading.datum, odd.count) for odd in found.odd] == [("BD-09", 3)]
    assert found.odd[0].rows == RowSet(spans=((4, 4), (51, 52)))
    assert found.proposal is not None
    assert '"BD-09" = [4, "51-52"]' in found.proposal.notation.to_toml()


@pytest.mark.parametrize("says", [("code",), ()])
def test_rows_with_their_coordinates_turned(
    ground_with_covers: Ground, town: dict[str, GeoDataFrame], says: tuple[str, ...]
) -> None:
    distort = some([7, 9], lambda xy: xy[:, ::-1])
    found = ask(ground_with_covers, "manhole_cover", town["manhole_cover"], distort, says)
    assert found.best is not None
    assert (found.best.datum, found.best.notation.swapped) == ("WGS84", RowSet())
    assert [odd.rows for odd in found.odd] == [RowSet(spans=spans(8, 10))]
    assert found.proposal is not None
    assert found.proposal.notation.to_toml() == "[coordinates]\nswapped = [8, 10]"


def test_rows_that_only_moved_are_no_rows_of_another_datum(
    ground_with_covers: Ground, town: dict[str, GeoDataFrame]
) -> None:
    distort = some([3, 4, 5], lambda xy: np.add(xy, (0.003, -0.002)))
    found = ask(ground_with_covers, "manhole_cover", town["manhole_cover"], distort, ("code",))
    assert (found.verdict, found.odd) == (Verdict.CLEAR, [])


@pytest.mark.parametrize("says", [("code",), ()])
@pytest.mark.parametrize("kilometres", [0.2, 17.0])
def test_a_map_beside_the_ground(
    ground_with_covers: Ground,
    town: dict[str, GeoDataFrame],
    says: tuple[str, ...],
    kilometres: float,
) -> None:
    """Its way is told, and no datum proposed."""
    way = np.array([kilometres / 83, 0])  # degrees of longitude at this latitude
    found = ask(
        ground_with_covers, "manhole_cover", town["manhole_cover"], lambda xy: xy + way, says
    )
    assert (found.verdict, found.best) == (Verdict.SHIFTED, None)
    assert found.shift is not None
    assert found.shift.distance_m == pytest.approx(kilometres * 1000, rel=0.01)
    assert found.shift.bearing_deg == pytest.approx(270, abs=2)


def test_metres_of_a_system_of_the_past(
    ground_with_covers: Ground, town: dict[str, GeoDataFrame]
) -> None:
    """Numbers beside those of today by a hundred metres: named, never converted."""
    metric = town["manhole_cover"].to_crs(4551).translate(60, 70)
    frame = GeoDataFrame(town["manhole_cover"][["code", "name"]], geometry=metric)
    found = ask(ground_with_covers, "manhole_cover", frame, None, ("code",))
    assert (found.verdict, found.best) == (Verdict.SHIFTED, None)
    assert {"EPSG:2439", "EPSG:2387"} <= set(found.past), "Beijing 1954 and Xian 1980, CM 126E"


def test_another_city(ground: Ground) -> None:
    elsewhere = make_town(3, LAS_PALMAS)["manhole_cover"]
    found = ask(ground, "manhole_cover", elsewhere)
    assert (found.verdict, found.best) == (Verdict.ELSEWHERE, None)


def test_a_store_that_holds_nothing(
    town: dict[str, GeoDataFrame], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("nothing") / "town.gpkg"
    store = create_store(path, metric_crs="EPSG:4551", storage_crs="EPSG:4326")
    found = ask(Ground(store, Scope.all()), "manhole_cover", town["manhole_cover"])
    assert (found.verdict, found.best) == (Verdict.NOTHING, None)


@pytest.mark.parametrize("datum", ["WGS84", "GCJ-02"])
def test_a_store_that_can_hardly_tell(
    town: dict[str, GeoDataFrame], tmp_path_factory: pytest.TempPathFactory, datum: str
) -> None:
    """A district knows that covers lie in it: in either datum most of them do."""
    path = tmp_path_factory.mktemp("hardly") / "town.gpkg"
    store = held(town, path, BAISHAN, ("district",))
    covers = town["manhole_cover"]
    xy = covers.get_coordinates()
    middle = ((xy - xy.mean()).abs() < 0.003).all(axis=1)
    found = ask(Ground(store, Scope.all()), "manhole_cover", covers[middle], shifted(datum))
    assert (found.verdict, found.best) == (Verdict.ALIKE, None)


def test_areas_that_no_other_reading_can_place(
    ground: Ground, town: dict[str, GeoDataFrame]
) -> None:
    """Some rows lie elsewhere on earth: turned round they have no latitude."""
    houses = town["building"].iloc[:30]
    part = houses.set_geometry(houses.geometry.where(np.arange(30) % 3 > 0, houses.translate(-60)))
    found = ask(ground, "building", part)
    assert found.verdict in {Verdict.CLEAR, Verdict.ALIKE}


def test_few_rows_are_no_proof(ground: Ground, town: dict[str, GeoDataFrame]) -> None:
    found = ask(ground, "manhole_cover", town["manhole_cover"].iloc[:2], shifted("GCJ-02"))
    assert (found.verdict, found.best) == (Verdict.ALIKE, None)


@pytest.mark.parametrize("seed", range(12))
def test_what_is_right_is_never_accused(
    ground: Ground, town: dict[str, GeoDataFrame], seed: int
) -> None:
    """Any part of any layer, surveyed with an error of metres."""
    rng = np.random.default_rng(seed)
    kind = [*HELD[1:], "manhole_cover"][seed % 5]
    frame = town[kind]
    part = frame.iloc[np.flatnonzero(rng.random(len(frame)) < rng.uniform(0.1, 1))]
    noise = rng.normal(0, 3e-5, 2)
    says = ("code",) if rng.random() < 0.3 else ()
    found = ask(ground, kind, part, lambda xy: xy + noise, says)
    assert found.verdict in ({Verdict.CLEAR, Verdict.ALIKE} if len(part) else {Verdict.NOTHING})
    assert found.best is None or found.best.datum == "WGS84"
    assert not any(each.refuted for each in found.hypotheses if each.reading.datum == "WGS84")


@pytest.mark.parametrize("seed", range(4))
def test_what_is_right_outside_china_is_never_called_shifted(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    town = make_town(seed, LAS_PALMAS)
    store = held(town, tmp_path_factory.mktemp("island") / "town.gpkg", LAS_PALMAS)
    found = ask(Ground(store, Scope.all()), "manhole_cover", town["manhole_cover"])
    assert found.verdict is Verdict.ONLY
    assert [each.reading.datum for each in found.hypotheses] == ["WGS84"]


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
def test_other_towns(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    place = (BAISHAN, GUANGZHOU)[seed % 2]
    town = make_town(seed, place)
    store = held(town, tmp_path_factory.mktemp("other") / "town.gpkg", place)
    ground = Ground(store, Scope.all())
    for kind in ("manhole_cover", "building"):
        for datum in ("WGS84", "GCJ-02", "BD-09"):
            found = ask(ground, kind, town[kind], shifted(datum))
            assert (found.verdict, found.best and found.best.datum) == (Verdict.CLEAR, datum)
