"""The abstract tests of OGC API – Features, Part 3, and of CQL2, through the door.

That every operator gives the right features is tried where filters are compiled.
"""

import json

import pytest
from starlette.testclient import TestClient

from layers.kinds import KINDS, FieldType

ITEMS = "/ogc/collections/building/items"
SAMPLES = {
    FieldType.TEXT: "x",
    FieldType.TEXT_LIST: "x",
    FieldType.INTEGER: "3",
    FieldType.REAL: "3.5",
    FieldType.BOOLEAN: "true",
    FieldType.DATE: "2026-05-01",
    FieldType.DATETIME: "2026-05-01T08:00:00Z",
}


@pytest.mark.parametrize("key", ["building", "green_space", "adopter", "grid_event"])
def test_queryables_are_those_that_can_be_asked_for(pages: TestClient, key: str) -> None:
    answer = pages.get(f"/ogc/collections/{key}/queryables")
    assert answer.headers["content-type"] == "application/schema+json"
    described = answer.json()
    assert described["type"] == "object"
    assert described["$schema"].endswith("2020-12/schema")
    assert described["$id"].endswith(f"/ogc/collections/{key}/queryables")
    assert described["additionalProperties"] is False
    fields = {field.key: field for field in KINDS[key].fields}
    spatial = {"geometry"} if KINDS[key].is_spatial else set()
    assert set(described["properties"]) == {"uid", *fields, *spatial}
    given = {name: SAMPLES[field.type] for name, field in fields.items()}
    assert pages.get(f"/ogc/collections/{key}/items", params=given).json()["numberMatched"] == 0
    sortable = pages.get(f"/ogc/collections/{key}/sortables").json()["properties"]
    assert set(sortable) == set(fields)
    for start in range(0, len(fields), 5):
        order = ",".join(list(fields)[start : start + 5])
        assert pages.get(f"/ogc/collections/{key}/items", params={"sortby": order}).is_success


EQUAL = [
    ("households = 6", {"op": "=", "args": [{"property": "households"}, 6]}, 11),
    (
        "households BETWEEN 5 AND 6 AND CASEI(code) LIKE CASEI('b000%')",
        {
            "op": "and",
            "args": [
                {"op": "between", "args": [{"property": "households"}, 5, 6]},
                {
                    "op": "like",
                    "args": [
                        {"op": "casei", "args": [{"property": "code"}]},
                        {"op": "casei", "args": ["b000%"]},
                    ],
                },
            ],
        },
        1,
    ),
    (
        "code IN ('B0001','B0002') OR households IS NULL",
        {
            "op": "or",
            "args": [
                {"op": "in", "args": [{"property": "code"}, ["B0001", "B0002"]]},
                {"op": "isNull", "args": [{"property": "households"}]},
            ],
        },
        3,
    ),
    (
        "population > households AND NOT (households < 12)",
        {
            "op": "and",
            "args": [
                {"op": ">", "args": [{"property": "population"}, {"property": "households"}]},
                {"op": "not", "args": [{"op": "<", "args": [{"property": "households"}, 12]}]},
            ],
        },
        8,
    ),
    (
        "S_INTERSECTS(geometry,BBOX(100,0,140,80)) AND code='B0001'",
        {
            "op": "and",
            "args": [
                {
                    "op": "s_intersects",
                    "args": [{"property": "geometry"}, {"bbox": [100, 0, 140, 80]}],
                },
                {"op": "=", "args": [{"property": "code"}, "B0001"]},
            ],
        },
        1,
    ),
]


@pytest.mark.parametrize(("text", "tree", "matched"), EQUAL)
def test_text_and_json_say_the_same(
    pages: TestClient, text: str, tree: object, matched: int
) -> None:
    said = pages.get(ITEMS, params={"filter": text}).json()
    explicit = pages.get(ITEMS, params={"filter": text, "filter-lang": "cql2-text"}).json()
    written = {"filter": json.dumps(tree), "filter-lang": "cql2-json"}
    in_json = pages.get(ITEMS, params=written).json()
    assert said["numberMatched"] == matched
    assert said["features"] == explicit["features"] == in_json["features"]


def test_a_filter_narrows_what_else_is_asked_for(pages: TestClient) -> None:
    given = {"filter": "households > 8", "households": "9", "limit": "500"}
    told = pages.get(ITEMS, params=given).json()["features"]
    assert {one["properties"]["households"] for one in told} == {9}
    few = pages.get(ITEMS, params={"properties": "code,floors", "limit": "1"}).json()
    assert set(few["features"][0]["properties"]) == {"code", "floors"}
