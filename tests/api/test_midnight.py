"""At midnight an adoption ends, and so does a bare plot: nobody wrote anything, every door says so."""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest
from shapely.geometry import box
from starlette.testclient import TestClient

from layers import open_store
from tests.api.conftest import at
from tests.postgis import running_server

LAST_DAY = dt.date(2026, 8, 31)
RULES = "baishan_slogan_300_500_1000"
CITY = dt.timezone(dt.timedelta(hours=8))
ASKED = {"rules": RULES, "weight": "buildings"}
# What is registered (items, tiles) ends when somebody says so, not at midnight.
POSTED = {
    "/ogc/processes/coverage/execution": {"inputs": ASKED},
    "/ogc/scenarios": {**ASKED, "green": ["K1"]},
}
DOORS = [
    "/",
    "/maps/layers",
    f"/maps/coverage?rules={RULES}&weight=buildings",
    f"/maps/gaps?rules={RULES}&weight=buildings",
    f"/maps/coverage?rules={RULES}&weight=buildings&export=1",
    "/maps/layers?export=1",
    *POSTED,
]


@pytest.fixture(params=["geopackage", pytest.param("postgis", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, city_path: Path, tmp_path: Path) -> Iterator[str | Path]:
    """The small city on each store, where one bare plot is adopted until midnight and another was bare."""
    copied = Path(shutil.copy(city_path, tmp_path / "city.gpkg"))
    midnight = LAST_DAY + dt.timedelta(days=1)
    green = at({"code": ["A1"]}, [box(1700, 450, 1760, 520)])
    bare = at({"code": ["K9"], "valid_to": [midnight]}, [box(1600, 450, 1640, 500)])
    adoption = pd.DataFrame(
        {"code": ["V1"], "plot_code": ["A1"], "state": ["active"], "agreed_to": [midnight]}
    )
    with closing(open_store(copied)) as store, store.change(author="t", message="m") as change:
        change.insert("adoption_plot", green)
        change.insert("bare_land", bare)
        change.insert("adoption", adoption)
    if request.param == "geopackage":
        yield copied
        return
    with running_server() as server:
        yield server.holding(copied)


def test_what_ends_at_midnight_is_gone_from_the_next_answer_of_every_door(
    place: str | Path, client_of: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, moment = client_of(place), dt.datetime.combine(LAST_DAY, dt.time(23, 59, 59), CITY)
    monkeypatch.setattr("layers.clock.here_and_now", lambda: moment)

    def ask(door: str) -> str:
        if door in POSTED:  # the answer tells how long it took, too
            figures = client.post(door, json=POSTED[door], headers={"Prefer": "wait=60"}).text
            return re.findall(r'"covered":\d+', figures)[0]
        page = client.get(door)
        assert page.status_code == 200, page.text
        return re.sub(r'nonce="[^"]*"', "", page.text)

    before = {door: ask(door) for door in DOORS}
    assert {door for door in DOORS if ask(door) != before[door]} == set()
    moment += dt.timedelta(seconds=1)
    assert [door for door in DOORS if ask(door) == before[door]] == []
