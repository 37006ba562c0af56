"""Whatever is asked or sent, the answer is the service's own: never a fault, never another form."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from layers.accounts import open_accounts
from tests.api.guarded import BY

ITEMS = "/ogc/collections/building/items"
PLOTS = "/ogc/collections/bare_land/items"
FEW, MANY = 12, 1_500

numbers = st.one_of(
    st.floats(), st.integers(-(10**30), 10**30), st.sampled_from([0, 126, 42, 1e308, 5e-324])
)
odd_texts = st.one_of(
    st.text(max_size=40), st.sampled_from(["", "\0", "%00", "'", '"', "\ud800", "..", "NaN", "１"])
).map(lambda text: text.encode("utf-8", "replace").decode())
boxes = st.one_of(
    odd_texts, st.lists(st.one_of(numbers.map(str), odd_texts), max_size=7).map(",".join)
)
systems = st.one_of(
    odd_texts,
    st.sampled_from(["CRS84", "EPSG/0/4326", "EPSG/0/4490", "EPSG/0/0", "EPSG/0/3857"]).map(
        lambda name: f"http://www.opengis.net/def/crs/{name}"
    ),
)
words = st.sampled_from(
    ["households", "code", "geometry", "uid", "(", ")", "=", "<", "AND", "NOT", "IN", "LIKE", "'a%'",
     "5", "1e400", "NULL", "IS", "BETWEEN", "S_INTERSECTS", "POINT(126 42)", ",", "CASEI", "TRUE",
     "DATE('2026-01-01')", "TIMESTAMP('x')", "POLYGON((0 0,1 1,1 0,0 0))", "-", "*", "/"]
)  # fmt: skip
texts = st.one_of(odd_texts, st.lists(words, max_size=12).map(" ".join))
scalars = st.one_of(st.none(), st.booleans(), numbers, odd_texts)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(["op", "args", "property", "type", "coordinates", "date", "bbox"]),
            st.one_of(inner, st.sampled_from(["=", "and", "in", "s_intersects", "like", "Point"])),
            max_size=4,
        ),
    ),
    max_leaves=12,
)
features = st.fixed_dictionaries(
    {"type": st.just("Feature")},
    optional={
        "id": scalars,
        "geometry": st.one_of(
            trees,
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["Polygon", "MultiPolygon", "Point", "Circle"]),
                    "coordinates": st.recursive(numbers, lambda n: st.lists(n, max_size=5)),
                }
            ),
        ),
        "properties": st.one_of(
            trees,
            st.dictionaries(
                st.one_of(odd_texts, st.sampled_from(["code", "area_m2", "status", "valid_to"])),
                trees,
                max_size=4,
            ),
        ),
    },
)
bodies = st.one_of(
    features.map(lambda one: json.dumps(one).encode()),
    trees.map(lambda one: json.dumps(one).encode()),
    st.binary(max_size=60),
)


Test = TypeVar("Test", bound=Callable[..., None])


def asked(few: int) -> Callable[[Test], Test]:
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(
        max_examples=few, deadline=None, suppress_health_check=checks, derandomize=few == FEW
    )


def ours(answer: Any, *statuses: int) -> None:
    assert answer.status_code in statuses, (answer.status_code, answer.text[:500])
    if answer.status_code >= 400:
        said = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert said["zh"] != said["en"]


def ask(pages: TestClient, few: int) -> None:
    @asked(few)
    @given(boxes, systems, texts, trees, systems, odd_texts)
    def whatever(box: str, system: str, text: str, tree: Any, other: str, name: str) -> None:
        requests: tuple[dict[str, str | int], ...] = (
            {"bbox": box, "bbox-crs": system, "limit": 1},
            {"bbox": box, "limit": 1},
            {"filter": text, "limit": 1},
            {"filter": json.dumps(tree), "filter-lang": "cql2-json", "filter-crs": other},
            {"crs": system, "limit": 1},
            {name or "x": text, "datetime": name, "as-of": box},
        )
        for one in requests:
            ours(pages.get(ITEMS, params=one), 200, 400)

    @asked(few)
    @given(numbers, numbers, st.one_of(numbers.map(str), odd_texts))
    def anywhere(level: Any, row: Any, column: str) -> None:
        path = quote(f"{level}/{row}/{column}")
        there = f"/ogc/collections/dead_tree/tiles/WebMercatorQuad/{path}"
        ours(pages.get(there), 200, 204, 400, 404)

    whatever()
    anywhere()


def send(pages: TestClient, few: int) -> None:
    there = pages.get(PLOTS).json()["features"][0]["id"]

    @asked(few)
    @given(bodies, st.sampled_from(["POST", "PUT", "PATCH"]), systems)
    def anything(body: bytes, method: str, system: str) -> None:
        crs = system if system.isascii() and system.isprintable() else "<>"
        headers = {"Content-Type": "application/geo+json", "If-Match": "*", "Content-Crs": crs}
        path = PLOTS if method == "POST" else f"{PLOTS}/{there}"
        ours(pages.request(method, path, content=body, headers=headers), 200, 201, 400, 409, 413)

    anything()


@pytest.fixture
def open_pages(guarded_path: Path, client_of: Callable[[Path], TestClient]) -> TestClient:
    with closing(open_accounts(guarded_path)) as accounts:
        accounts.openings.open_writing("bare_land", by=BY)
    return client_of(guarded_path)


def test_a_few_odd_requests(pages: TestClient) -> None:
    ask(pages, FEW)


def test_a_few_odd_features(open_pages: TestClient) -> None:
    send(open_pages, FEW)


@pytest.mark.long
def test_many_odd_requests(pages: TestClient) -> None:
    ask(pages, MANY)


@pytest.mark.long
def test_many_odd_features(open_pages: TestClient) -> None:
    send(open_pages, MANY)
