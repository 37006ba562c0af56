"""What runs have found, as vector tiles."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from starlette.testclient import TestClient

from api.rights import scope_of
from gis import presets
from layers import open_store
from layers.analysis import run_coverage, run_gaps, run_holes
from layers.store import Scope, Verb
from tests.api.guarded import HTML
from tests.api.ogc.test_tiles import address
from tests.layers.tiles.decoding import decoded


@pytest.fixture
def analysed(guarded_path: Path) -> tuple[Path, dict[str, str]]:
    store = open_store(guarded_path)
    duty = {
        "code": ["R1"],
        "role": "sponsor",
        "holder_org": "城管局",
        "plan": "normal",
        "unit_kind": "grid",
        "unit_codes": ";".join(f"G{n:03d}" for n in range(6)),
    }
    with store.change(author="a", message="one answers") as change:
        change.insert("responsibility", pd.DataFrame(duty))
    runs = {
        "gaps": run_gaps(store, presets["baishan_slogan_300_500_1000"]).run.id,
        "holes": run_holes(store).run.id,
    }
    store.close()
    return guarded_path, runs


def test_runs_are_listed_and_drawn(
    analysed: tuple[Path, dict[str, str]], client_of: Callable[..., TestClient]
) -> None:
    path, runs = analysed
    client = client_of(path)
    listed = client.get("/ogc/runs").json()["runs"]
    assert {one["id"] for one in listed} == set(runs.values())
    (found,) = [one for one in listed if one["analysis"] == "gaps"]
    for link in found["links"]:
        assert client.get(link["href"]).status_code == 200
    assert client.get(f"/ogc/runs/{found['id']}").json() == found
    (listed_set,) = client.get(f"/ogc/runs/{found['id']}/tiles").json()["tilesets"]
    (described,) = [one for one in listed_set["links"] if one["rel"] == "describedby"]
    told = client.get(described["href"]).json()
    layers = {layer["id"]: layer["fields"] for layer in told["vector_layers"]}
    assert {"places", "gaps", "units_grid"} <= set(layers)
    for part in (
        "",
        f"/{found['id']}",
        f"/{found['id']}/tiles",
        f"/{found['id']}/tiles/WebMercatorQuad",
    ):
        page = client.get(f"/ogc/runs{part}", headers=HTML)
        assert page.headers["content-type"].startswith("text/html")
        assert found["id"] in page.text
    _, tile = address(13)
    answer = client.get(told["tiles"][0].format(z=13, y=tile.y, x=tile.x))
    places = decoded(answer.content, tile, "places")
    assert len(places) == 96
    assert set(places.columns) - {"geometry", "mvt_id"} <= set(layers["places"])
    units = decoded(answer.content, tile, "units_grid")
    assert len(units) == 12
    assert units.geometry.is_valid.all()
    again = client.get(answer.url, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    holes = client.get(f"/ogc/runs/{runs['holes']}/tiles/WebMercatorQuad/13/{tile.y}/{tile.x}")
    assert len(decoded(holes.content, tile, "holes")) > 0


def test_a_run_is_listed_as_soon_as_it_is_made(
    analysed: tuple[Path, dict[str, str]], client_of: Callable[..., TestClient]
) -> None:
    path, runs = analysed
    client = client_of(path)
    before = client.get("/ogc/runs")
    store = open_store(path)
    made = run_coverage(store, presets["baishan_slogan_300_500_1000"]).run.id
    store.close()
    again = client.get("/ogc/runs", headers={"If-None-Match": before.headers["etag"]})
    assert {one["id"] for one in again.json()["runs"]} == {made, *runs.values()}


def test_a_run_that_may_not_be_seen_is_as_absent_as_none(
    analysed: tuple[Path, dict[str, str]], client_of: Callable[..., TestClient]
) -> None:
    path, runs = analysed
    client = client_of(path)
    narrow = Scope(kinds=frozenset({"building"}), verbs=frozenset({Verb.READ}))
    client.app.dependency_overrides[scope_of] = lambda: narrow  # type: ignore[attr-defined]  # FastAPI's
    assert client.get("/ogc/runs").json()["runs"] == []
    hidden, absent = runs["gaps"], runs["gaps"][::-1]
    for part in (
        "",
        "/tiles",
        "/tiles/WebMercatorQuad",
        "/tiles/WebMercatorQuad/0/0/0",
        "/tiles/X/a/b/c",
    ):
        answers = [client.get(f"/ogc/runs/{one}{part}") for one in (hidden, absent)]
        assert [one.status_code for one in answers] == [404, 404]
        assert answers[0].text.replace(hidden, "") == answers[1].text.replace(absent, "")
    client.app.dependency_overrides[scope_of] = Scope.all  # type: ignore[attr-defined]  # FastAPI's
    assert client.get(f"/ogc/runs/{hidden[:8]}").status_code == 404
    assert client.get(f"/ogc/runs/{hidden}/tiles/WebMercatorQuad/0/5/0").status_code == 404
