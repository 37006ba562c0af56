"""GDAL's own programs edit a store while it is served, on either backend."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from layers import Store
from layers.store import DIRECT
from tests.layers.store.town import buildings, frame, territory, write
from tests.serving import fetch, served

pytestmark = pytest.mark.both_backends

ABSENT = "GDAL's programs are not installed (tests/install-system.sh)"


@pytest.fixture(autouse=True)
def _gdal() -> None:
    """Skip where GDAL's programs are not there, but fail where CI says they must be."""
    if shutil.which("ogr2ogr") is None:
        if os.environ.get("CI"):
            pytest.fail(ABSENT)
        pytest.skip(ABSENT)


def source(place: str | Path) -> str:
    """Name a store as GDAL does."""
    if isinstance(place, Path):
        return str(place)
    url = make_url(place)
    return f"PG:host={url.host} port={url.port} dbname={url.database} user={url.username}"


def gdal(program: str, *arguments: str | Path) -> str:
    """Run one of GDAL's programs; warnings of its older version about GeoPackage 1.4 are none."""
    done = subprocess.run([program, *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr
    return done.stdout


def survey(folder: Path, *names: str) -> Path:
    """Write a file of buildings 50 m apart, as somebody's survey."""
    drawn = frame(buildings(*((5 + 50 * n, 205) for n in range(len(names)))), name=list(names))
    drawn["code"] = [f"s{n}" for n in range(len(names))]
    path = folder / "survey.geojson"
    path.write_text(drawn.set_crs(4326, allow_override=True).to_json(), encoding="utf-8")
    return path


def test_a_file_is_appended_while_the_store_is_served(
    store: Store, place: str | Path, sound: Callable[[], None], tmp_path: Path
) -> None:
    units = territory(store)
    write(store, "building", frame(buildings((5, 5)), floors=2))
    file = survey(tmp_path, "松江里", "浑江里")
    with served("serve", "--store", place, "--lang", "en", cwd=tmp_path) as (url, _):
        assert "松江里" not in fetch(f"{url}maps/layers")
        gdal(
            "ogr2ogr", "-append", "-a_srs", "EPSG:4490", "-nlt", "PROMOTE_TO_MULTI",
            "-nln", "building", source(place), file,
        )  # fmt: skip
        assert "松江里" in fetch(f"{url}maps/layers")
        found = store.read("building").set_index("code")
    assert found["name"].dropna().to_dict() == {"s0": "松江里", "s1": "浑江里"}
    assert set(found.geom_type) == {"MultiPolygon"}
    last = store.changesets()[-1]
    assert (last.author, last.changes) == (DIRECT, {"building": {"insert": 2}})
    placed = store.territory("building").set_axis(store.read("building")["code"])
    assert placed.loc["s0", "grid"] == units["g02"]
    sound()


@pytest.mark.parametrize(
    ("statement", "changes"),
    [
        ("UPDATE building SET floors = 12, name = '改' WHERE code = 'b1'", {"update": 1}),
        ("DELETE FROM building WHERE code = 'b1'", {"delete": 1}),
        ("INSERT INTO building (code) VALUES ('n1'), ('n2')", {"insert": 2}),
    ],
)
def test_statements_while_the_store_is_open(
    store: Store, place: str | Path, sound: Callable[[], None], statement: str, changes: object
) -> None:
    write(store, "building", frame(buildings((5, 5), (55, 5)), floors=1))
    gdal("ogrinfo", "-q", source(place), "-sql", statement)
    assert store.changesets()[-1].changes == {"building": changes}
    assert store.revision("building") == 2
    sound()


def test_what_gdal_shows_of_a_store(store: Store, place: str | Path) -> None:
    write(store, "building", frame(buildings((5, 5))))
    if isinstance(place, Path):
        assert "IDENTIFIER=楼栋" in gdal("ogrinfo", "-so", source(place), "building")
    shown = gdal("ogrinfo", "-so", source(place), "building")
    assert "Feature Count: 1" in shown
    assert "Multi Polygon" in shown
    assert 'ID["EPSG",4490]' in shown
    for field in (
        "floors: Integer64",
        "valid_from: Date",
        "households_estimated: Integer(Boolean)",
    ):
        assert field in shown


def test_gdal_reads_what_the_service_wrote(store: Store, place: str | Path, tmp_path: Path) -> None:
    write(store, "building", frame(buildings((5, 5)), name=["白山楼"], floors=3))
    out = tmp_path / "out.geojson"
    gdal("ogr2ogr", out, source(place), "building")
    (feature,) = json.loads(out.read_text(encoding="utf-8"))["features"]
    assert feature["properties"]["name"] == "白山楼"
    assert feature["properties"]["uid"] == store.read("building").index[0]
