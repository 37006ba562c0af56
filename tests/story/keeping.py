"""The register goes on over the service: a plot, who adopts it, the care, the end of it."""

from pathlib import Path
from typing import Any

from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings

GEOJSON = {"Content-Type": "application/geo+json"}
PATCH = {"Content-Type": "application/merge-patch+json"}
ADOPTED, CARED, LATER = "2026-09-01", "2026-10-10", "2026-10-20"
INTERVAL_DAYS = 30  # from the adoption to LATER it is longer


class Register:
    """A store as other programs see it: addresses under `/ogc`."""

    def __init__(self, store: Path) -> None:
        """Serve the store to this process."""
        settings = Settings(store=str(store), warm_up=False)
        self.client = TestClient(create_app(settings), base_url="http://localhost")

    def close(self) -> None:
        """End the service."""
        self.client.app.state.service.store.close()  # type: ignore[attr-defined]  # of FastAPI's

    def add(self, kind: str, geometry: BaseGeometry | None = None, **values: object) -> Any:
        """Add a feature; give its address and version."""
        feature = {
            "type": "Feature",
            "geometry": None if geometry is None else mapping(geometry),
            "properties": values,
        }
        made = self.client.post(_items(kind), json=feature, headers=GEOJSON)
        assert made.status_code == 201, made.text
        return made.headers["location"], made.headers["etag"]

    def change(self, address: str, etag: str, **values: object) -> Any:
        """Change a feature as it was at a version."""
        return self.client.patch(
            address, json={"properties": values}, headers={**PATCH, "If-Match": etag}
        )

    def codes(self, kind: str) -> set[str]:
        """Read the codes of a layer."""
        answer = self.client.get(_items(kind), params={"limit": 1000, "properties": "code"})
        return {feature["properties"]["code"] for feature in answer.json()["features"]}


def _items(kind: str) -> str:
    return f"/ogc/collections/{kind}/items"
