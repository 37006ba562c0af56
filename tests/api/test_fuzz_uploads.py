"""Whatever is sent to be imported, or asked of a page, is answered by the service: never a fault."""

import base64
import io
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.api.cli.survey import plots
from tests.api.guarded import HTML
from tests.api.ogc.busy import WAIT
from tests.api.ogc.test_fuzz import Test, odd_texts

FEW, MANY = 5, 1_500
# GDAL warns of damaged files; how the service answers is what counts.
WARNED = pytest.mark.filterwarnings(
    "ignore::RuntimeWarning",
    "ignore::UserWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)
DRIVERS = {
    "plots.geojson": "GeoJSON", "plots.gpkg": "GPKG", "plots.fgb": "FlatGeobuf",
    "plots.kml": "KML", "plots.gml": "GML", "plots.csv": "CSV",
}  # fmt: skip
PAGES = (
    "/",
    "/maps/layers",
    "/maps/coverage",
    "/maps/gaps",
    "/rules",
    "/account",
    "/login",
    "/runs/x",
)
NAMES = ("rules", "tier", "weight", "by", "on", "export", "lang", "to", "kinds", "x")


@cache
def samples() -> dict[str, bytes]:
    """Write the same plots in the formats that offices send."""
    frame = plots([f"K{n}" for n in range(20, 32)])
    made = {}
    with TemporaryDirectory() as folder:
        for name, driver in DRIVERS.items():
            path = Path(folder) / name
            given = {"layer_options": {"GEOMETRY": "AS_WKT"}} if driver == "CSV" else {}
            frame.to_file(path, driver=driver, **given)
            made[name] = path.read_bytes()
        frame.to_parquet(Path(folder) / "plots.parquet")
        made["plots.parquet"] = Path(folder, "plots.parquet").read_bytes()
        frame.assign(x=126.4, y=41.9).drop(columns="geometry").to_excel(Path(folder) / "plots.xlsx")
        made["plots.xlsx"] = Path(folder, "plots.xlsx").read_bytes()
        frame.to_file(Path(folder) / "plots.shp", encoding="UTF-8")
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in Path(folder).glob("plots.*"):
                if part.suffix in {".shp", ".dbf", ".shx", ".prj", ".cpg"}:
                    archive.write(part, part.name)
        made["plots.zip"] = packed.getvalue()
    return made


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """Damage a file: bytes changed, cut out, repeated; or give it another's name."""
    name = draw(st.sampled_from(sorted(samples())))
    content = bytearray(samples()[name])
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(len(content) - 1, 0)))
        how = draw(st.sampled_from(["set", "cut", "repeat", "end"]))
        if how == "set":
            content[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
        elif how == "cut":
            del content[at : at + draw(st.integers(1, 64))]
        elif how == "repeat":
            content[at:at] = content[at : at + draw(st.integers(1, 64))]
        else:
            del content[at:]
    named = draw(st.one_of(st.just(name), st.sampled_from(sorted(samples())), odd_texts))
    return named, bytes(content)


def asked(few: int) -> Callable[[Test], Test]:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(
        max_examples=few, deadline=None, suppress_health_check=checks, derandomize=few == FEW
    )


def send(pages: TestClient, few: int) -> None:
    @asked(few)
    @given(files(), st.sampled_from(["bare_land", "building", "adopter"]))
    def anything(file: tuple[str, bytes], kind: str) -> None:
        name, content = file
        upload = {"value": base64.b64encode(content).decode(), "name": name}
        inputs = {"kind": kind, "file": upload, "dry-run": True, "datum": "CGCS2000"}
        body = {"inputs": inputs, "outputs": {"report": {}, "rejected": {}}}
        answer = pages.post("/ogc/processes/import/execution", json=body, headers=WAIT)
        told = answer.json()
        assert answer.status_code in {200, 400, 404, 413}, (name, answer.text[:800])
        if answer.status_code >= 400:
            assert told["zh"] != told["en"]
        job = answer.headers.get("link", "").split(">")[0].strip("< ")
        if job:  # at most so many are kept of one account
            assert pages.delete(job).status_code == 200

    anything()


def look(pages: TestClient, few: int) -> None:
    @asked(few)
    @given(
        st.sampled_from(PAGES),
        st.dictionaries(st.sampled_from(NAMES), odd_texts, max_size=3),
        st.sampled_from([HTML, {}]),
        odd_texts,
    )
    def whatever(page: str, query: dict[str, str], headers: dict[str, str], tail: str) -> None:
        answers = [
            pages.get(page, params=query, headers=headers),
            pages.post(page, data={**query, "form": tail}, headers=headers, follow_redirects=False),
        ]
        for answer in answers:
            assert answer.status_code < 500, (page, query, answer.text[:500])

    whatever()


@pytest.fixture
def open_pages(guarded_path: Path, client_of: Callable[..., TestClient]) -> TestClient:
    return client_of(guarded_path)


@WARNED
def test_a_few_damaged_files(open_pages: TestClient) -> None:
    send(open_pages, FEW)


def test_a_few_odd_pages(pages: TestClient) -> None:
    look(pages, FEW)


@WARNED
@pytest.mark.long
def test_many_damaged_files(open_pages: TestClient) -> None:
    send(open_pages, MANY)


@pytest.mark.long
def test_many_odd_pages(pages: TestClient) -> None:
    look(pages, MANY)
