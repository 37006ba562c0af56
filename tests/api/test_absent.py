"""At every address that names something: what is hidden answers to the byte as what never was."""

import base64
import json
from typing import Any

import pytest

from layers import open_store
from tests.api.guarded import BY, HTML, House, as_told, grant
from tests.api.ogc.busy import RULES, RUN_ONLY, WAIT

ABSENT = "00000000-0000-4000-8000-000000000000"
GET = ("GET", "HEAD")
CHANGE = ("PUT", "PATCH", "DELETE")
TILE = "tiles/WebMercatorQuad"
LAYER = "/ogc/collections/{}"
# Templates of addresses by what they name, each with the ways in which it is asked.
DOORS: dict[str, list[tuple[tuple[str, ...], str]]] = {
    "layer": [
        *((GET, f"{LAYER}{part}") for part in (
            "", "/items", "/items?f=csv", "/items?f=xlsx", "/items?f=gpkg", "/items?limit=0",
            "/items?filter=nonsense(", "/items?as-of=1", "/queryables", "/sortables", "/schema",
            "/tiles", f"/{TILE}", f"/{TILE}?f=tilejson", f"/{TILE}/6/23/54", f"/{TILE}/99/x/y",
            f"/items/{ABSENT}",
        )),
        (("POST",), f"{LAYER}/items"),
        (CHANGE, f"{LAYER}/items/{ABSENT}"),
    ],
    "feature": [
        *((GET, f"/ogc/collections/building/items/{{}}{part}") for part in ("", "?f=html", "?as-of=1")),
        (CHANGE, "/ogc/collections/building/items/{}"),
    ],
    "run": [
        (("GET",), "/runs/{}"),
        *((GET, f"/ogc/runs/{{}}{part}") for part in (
            "", "/tiles", f"/{TILE}", f"/{TILE}?f=tilejson", f"/{TILE}/6/23/54", "/tiles/Other/a/b/c",
        )),
    ],
    "job": [
        *((GET, f"/ogc/jobs/{{}}{part}") for part in ("", "/results", "/results/run", "/results/x")),
        (("DELETE",), "/ogc/jobs/{}"),
        (("POST",), "/jobs/{}/dismiss"),
    ],
}  # fmt: skip
# What is asked of a process names layers, too.
ASKED: dict[str, dict[str, Any]] = {
    "import": {"kind": "{}", "file": {"value": base64.b64encode(b"a\n1\n").decode()}},
    "coverage": {**RULES, "places": "{}"},
    "sites": {**RULES, "plots": "{}"},
    "gaps": {
        "rules": {
            "name": "own",
            "tiers": [{"name": "g", "name_zh": "绿", "radius_m": 300, "layers": ["{}"]}],
        }
    },
}


@pytest.fixture
def hidden(house: House) -> tuple[House, dict[str, tuple[str, str]]]:
    """Somebody who sees the buildings of a street, and one name of everything that they do not."""
    house.accounts.openings.open_writing("building", by=BY)
    house.accounts.openings.open_writing("green_space", by=BY)
    grant(house, "li", "planner", unit="C2", kinds={"building", "grid", "community"})
    chief = house.token("chief")
    answer = house.pages.post(
        "/ogc/processes/coverage/execution",
        json={"inputs": RULES, "outputs": RUN_ONLY},
        headers={**chief, **WAIT},
    )
    (job,) = house.pages.get("/ogc/jobs", headers=chief).json()["jobs"]
    mine = house.token("li")
    items = "/ogc/collections/building/items?limit=500"
    every, seen = (
        {one["id"] for one in house.pages.get(items, headers=each).json()["features"]}
        for each in (chief, mine)
    )
    assert 0 < len(seen) < len(every)
    return (
        house,
        {
            "layer": ("green_space", "green_spice"),
            "feature": (min(every - seen), ABSENT),
            "run": (answer.json()["run"]["run"], ABSENT),
            "job": (job["jobID"], ABSENT),
        },
    )


def test_what_is_hidden_answers_as_what_never_was(
    hidden: tuple[House, dict[str, tuple[str, str]]],
) -> None:
    house, named = hidden
    mine = house.token("li")
    store = open_store(house.path)
    before = store.state()
    for what, doors in DOORS.items():
        there, nowhere = named[what]
        for methods, template in doors:
            for method in methods:
                for accept in (HTML, {}):
                    answers = [
                        _ask(house, method, template.format(name), {**accept, **mine})
                        for name in (there, nowhere)
                    ]
                    where = (what, method, template, accept)
                    assert answers[0].status_code == answers[1].status_code, where
                    assert answers[0].status_code == 404 or method == "POST", where
                    assert as_told(answers[0], there, nowhere) == as_told(answers[1]), where
    there, nowhere = named["layer"]
    for process, inputs in ASKED.items():
        path = f"/ogc/processes/{process}/execution"
        bodies = [json.dumps({"inputs": inputs}).replace("{}", name) for name in (there, nowhere)]
        answers = [
            house.pages.post(path, content=body, headers={**mine, **WAIT}) for body in bodies
        ]
        assert 400 <= answers[0].status_code < 500, (process, answers[0].text)
        assert _plain(answers[0], there, nowhere) == _plain(answers[1]), process
    assert store.state() == before
    store.close()


def _ask(house: House, method: str, path: str, headers: dict[str, str]) -> Any:
    media = {
        "POST": "application/geo+json",
        "PUT": "application/geo+json",
        "PATCH": "application/merge-patch+json",
    }
    given = {"If-Match": "*"} if method in CHANGE else {}
    body = None if method in {"GET", "HEAD", "DELETE"} else b'{"properties": {}}'
    if body is not None:
        given["Content-Type"] = media[method]
    return house.pages.request(
        method, path, content=body, headers={**headers, **given}, follow_redirects=False
    )


def _plain(answer: Any, name: str = "", called: str = "") -> Any:
    """Leave out the job's own number, which each has."""
    content, headers = as_told(answer, name, called)
    return content, {key: value for key, value in headers.items() if key != "link"}
