"""Where the events of the town gather: by grids, of which there are too few, and by squares."""

import datetime as dt

import pyogrio
import pytest
import shapely

from layers import Store
from layers.analysis import run_hotspots, verify_run, write_hotspot_layers
from layers.errors import AnalysisInputError
from tests.layers.store.town import buildings, frame, territory, write

SPOTS = [(55, 55), (155, 55), (55, 155), (155, 155)]


@pytest.fixture
def town(store: Store) -> Store:
    territory(store)
    corner = [shapely.Point(x, y) for x, y in SPOTS for _ in range(12)]
    away = [shapely.Point(395, 395), shapely.Point(900, 900), None]
    places = {f"e{n}": place for n, place in enumerate([*corner, *away])}
    moment = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    classes = ["noise"] * len(corner) + ["snow_ice"] * len(away)
    events = frame(places, state="closed", reported_at=moment, class_code=classes)
    write(store, "grid_event", events)
    write(store, "building", frame(buildings((10, 10), (350, 350)), population=[40, 5]))
    return store


def test_squares_round_the_cluster_are_hot(town: Store, tmp_path: pytest.TempPathFactory) -> None:
    made = run_hotspots(town, cells_m=50.0)
    results = made.run.results
    assert (results["events"], results["outside"]) == (51, 2)
    hot = [row for row in results["units"] if row["label"] == "hot"]
    assert hot
    assert results["labels"]["hot"] == len(hot)
    assert results["units"][0]["z"] == max(row["z"] for row in hot)
    kept, again = verify_run(town, made.run.id)
    assert kept.results == again.results
    path = tmp_path / "hot.gpkg"  # type: ignore[operator]
    write_hotspot_layers(made, path)
    assert len(pyogrio.read_dataframe(path)) == len(results["units"])


def test_sixteen_grids_are_too_few_and_their_numbers_stand(town: Store) -> None:
    found = run_hotspots(town).run.results
    assert found["labels"] == {"unjudged": 16}
    assert {row["reason"] for row in found["units"]} == {"too_few_units"}
    assert sum(row["events"] for row in found["units"]) == 49


def test_a_filter_and_people_decide_what_is_counted(town: Store) -> None:
    snow = run_hotspots(town, cells_m=50.0, where="class_code = 'snow_ice'").run.results
    assert (snow["events"], snow["outside"]) == (3, 2)
    heads = run_hotspots(town, population=True).run.results
    reasons = [row["reason"] for row in heads["units"]]
    assert reasons.count("no_population") == 14
    with pytest.raises(AnalysisInputError):
        run_hotspots(town, where="class_code = 'meteor'")
