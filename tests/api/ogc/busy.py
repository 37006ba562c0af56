"""A city that has what every process needs, and how one is asked."""

from typing import Any

from geopandas import GeoDataFrame
from shapely.geometry import Point, box
from starlette.testclient import TestClient

from tests.api.conftest import at

RULES = {"rules": "baishan_slogan_300_500_1000"}
RUN_ONLY: dict[str, dict[str, str]] = {"run": {}}
WAIT = {"Prefer": "wait=60"}


def busy_city() -> dict[str, GeoDataFrame]:
    """What the small city lacks for every process: duties, events, and a second plot."""
    places = [Point(100 + 20 * n, 100) for n in range(30)]
    return {
        "bare_land": at({"code": ["K2"], "name": ["北坡"]}, [box(1200, 300, 1290, 390)]),
        "grid_event": at({"code": [f"E{n}" for n in range(30)]}, places),
        "responsibility": at(
            {
                "code": ["D1"],
                "role": ["sponsor"],
                "holder_org": ["林业局"],
                "post": ["科长"],
            },
            [box(0, 0, 900, 600)],
        ),
    }


def execute(client: TestClient, name: str, inputs: dict[str, Any], **more: Any) -> Any:
    headers = {**WAIT, **more.pop("headers", {})}
    body = {"inputs": inputs, **more}
    return client.post(f"/ogc/processes/{name}/execution", json=body, headers=headers)
