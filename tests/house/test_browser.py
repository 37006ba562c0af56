"""The browser that other tests look through: it starts, draws, reads Chinese and stays at home."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.conftest import stays_home
from tests.house.tracked import ROOT

PAGE = """<!doctype html><meta charset="utf-8">
<link rel="stylesheet" href="leaflet.css"><script src="leaflet.js"></script>
<div id="map" style="width:300px;height:200px"></div>
<script>L.map("map").setView([41.9, 126.4], 12).addLayer(L.circleMarker([41.9, 126.4]))</script>
"""


@pytest.mark.browser
def test_the_vendored_leaflet_draws_a_map(page: Page, tmp_path: Path) -> None:
    for name in ("leaflet.css", "leaflet.js"):
        (tmp_path / name).write_bytes((ROOT / "api/static/vendor/leaflet" / name).read_bytes())
    (tmp_path / "map.html").write_text(PAGE, "utf-8")
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_selector("#map path.leaflet-interactive", state="attached")
    assert not faults


@pytest.mark.browser
def test_there_is_a_font_with_chinese(page: Page) -> None:
    """Without one, screenshots show boxes, and two different characters look alike."""
    page.set_content("<canvas id='c' width='40' height='40'></canvas>")
    draw = """text => {
        const pen = document.getElementById('c').getContext('2d')
        pen.clearRect(0, 0, 40, 40); pen.font = '30px sans-serif'; pen.fillText(text, 2, 32)
        return document.getElementById('c').toDataURL()
    }"""
    assert page.evaluate(draw, "绿") != page.evaluate(draw, "格")


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("http://127.0.0.1:8000/", True),
        ("data:image/png;base64,AAAA", True),
        ("file:///map.html", True),
        ("https://example.org/leaflet.js", False),
        ("http://127.0.0.1.example.org/", False),
        ("http://192.168.1.1/tile.png", False),
    ],
)
def test_a_page_stays_at_home(url: str, home: bool) -> None:
    assert stays_home(url) is home
