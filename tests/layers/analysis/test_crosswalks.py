"""Figures of the town's grids brought to its communities, and from grids as they once were."""

from pathlib import Path

import pytest
import shapely

from layers import Store
from layers.analysis import Crosswalk, read_figures, run_crosswalk, verify_run
from layers.errors import AnalysisInputError
from tests.layers.store.town import buildings, degrees, frame, territory, write

# Two houses in g00, one each in g01 and g10; the communities c0 and c1 are columns of grids.
HOUSES = buildings((10, 10), (60, 60), (10, 110), (110, 10))


@pytest.fixture
def town(store: Store) -> Store:
    territory(store)
    write(store, "building", frame(HOUSES, households=[1, 2, 4, 8], population=[3, 3, 9, 20]))
    return store


def by_code(found: Crosswalk, figure: str) -> dict[str, float | None]:
    rows = {row["code"]: row[figure] for row in found.run.results["units"]}
    return {code: value for code, value in rows.items() if value}


def test_a_table_by_grid_becomes_one_by_community(town: Store, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(
        "网格编码,事件,满意率,备注\ng00,10,0.5,甲\ng01,5,0.8,乙\ng10,7,,丙\ng99,1,,丁\n"
    )
    table = read_figures(path)
    assert set(table) == {"事件", "满意率"}
    found = run_crosswalk(
        town, "grid", "community", table=table, means=["满意率"], weight="households"
    )
    assert by_code(found, "事件") == {"c0": 15, "c1": 7}
    assert by_code(found, "满意率") == {"c0": pytest.approx((3 * 0.5 + 4 * 0.8) / 7)}
    assert found.run.results["unmatched"] == ["g99"]
    (account,) = found.run.results["account"]
    assert (account["given"], account["arrived"], account["unknown_units"]) == (22, 22, 13)


def test_figures_of_grids_as_they_were_come_to_those_of_today(town: Store) -> None:
    uids = dict(town.read("grid")["code"].items())
    uid = next(uid for uid, code in uids.items() if code == "g00")
    households = frame({"g00": shapely.box(0, 0, 100, 100)}, households=[9]).set_axis([uid])
    with town.change(author="tester", message="count") as change:
        change.update("grid", households[["households"]].rename_axis("uid"))
    before = change.changeset
    halves = degrees([shapely.box(0, 0, 50, 100), shapely.box(50, 0, 100, 100)])
    with town.change(author="tester", message="divide anew") as change:
        left = households.set_geometry(halves.iloc[[0]].set_axis([uid]))
        change.update("grid", left[["geometry"]].rename_axis("uid"))
        new = frame({"g0x": None}).set_geometry(halves.iloc[[1]].reset_index(drop=True))
        change.insert("grid", new)
    found = run_crosswalk(
        town, "grid", "grid", figures=["households"], source_as_of=before, weight="households"
    )
    assert by_code(found, "households") == {"g00": 3, "g0x": 6}
    kept, again = verify_run(town, found.run.id)
    assert kept.results == again.results


def test_what_cannot_be_brought_over_is_refused(town: Store, tmp_path: Path) -> None:
    for source, target, asked in (
        ("grid", "building_head", {}),
        ("grid", "manhole_cover", {}),
        ("grid", "community", {"figures": ["name"]}),
        ("grid", "community", {"weight": "stars"}),
        ("grid", "community", {}),
    ):
        with pytest.raises((AnalysisInputError, LookupError)):
            run_crosswalk(town, source, target, **asked)
    path = tmp_path / "words.csv"
    for text in ("a,b\n1,2\n", "code,b\ng00,x\n"):
        path.write_text(text)
        with pytest.raises(AnalysisInputError):
            read_figures(path)
