"""The pages in a real browser: maps that draw, names that stay names, nothing from outside."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from starlette.testclient import TestClient

from tests.api.conftest import Served

pytestmark = pytest.mark.browser

MAPS = ["/maps/layers", "/maps/coverage", "/maps/gaps"]
PAGES = ["/", *MAPS, "/rules"]
SIZES = {"wide": (1366, 768), "narrow": (390, 844)}
SLOGAN = "/maps/coverage?rules=baishan_slogan_300_500_1000"

# How many different colours the map's canvas shows.
COLOURS = """() => {
  const canvas = document.querySelector('.leaflet-overlay-pane canvas');
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 200) seen.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
  }
  return seen.size;
}"""
# Elements of the page that lie over one another, though neither holds the other.
OVERLAPS = """() => {
  const parts = [...document.querySelectorAll('.gg-bar, .gg-panel, .gg-canvas')];
  const boxes = parts.map((part) => part.getBoundingClientRect());
  return boxes.some((one, i) => boxes.slice(i + 1).some((other) =>
    one.left < other.right - 1 && other.left < one.right - 1
    && one.top < other.bottom - 1 && other.top < one.bottom - 1));
}"""

# Point at every feature, and click it; give what it says.
POINT_AT_EVERYTHING = """() => {
  const map = greengrid.maps[0];
  const said = [];
  for (const group of map.ggLayers.filter((one) => map.hasLayer(one))) {
    for (const shape of Object.values(group.ggFeatures)) {
      const latlng = shape.getBounds ? shape.getBounds().getCenter() : shape.getLatLng();
      for (const event of ['mouseover', 'click']) {
        shape.fire(event, { latlng }, true);
        const name = event === 'click' ? '.gg-popup' : '.gg-tooltip';
        const box = [...document.querySelectorAll(name)].pop();
        if (!box) continue;
        if (box.querySelector('script, img')) throw new Error('markup in ' + event);
        said.push(box.textContent);
        group.closeTooltip();
        map.closePopup();
      }
    }
  }
  return said;
}"""


@pytest.fixture
def quiet(page: Page) -> Iterator[Page]:
    """A page that must not complain."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    # This is about how the tests look at the canvas.
    assert [one for one in said if "willReadFrequently" not in one] == []


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-gg-ready]", state="attached")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_opens_and_fits(
    quiet: Page, served: object, path: str, lang: str, size: str
) -> None:
    width, height = SIZES[size]
    quiet.set_viewport_size({"width": width, "height": height})
    open_page(quiet, f"{served.url}{path}?lang={lang}")  # type: ignore[attr-defined]
    assert quiet.evaluate("document.documentElement.scrollWidth") <= width
    assert not quiet.evaluate(OVERLAPS)
    if path in MAPS:
        assert quiet.evaluate(COLOURS) >= 4


@pytest.mark.parametrize("path", [*MAPS, "/", "/rules"])
def test_the_exported_file_opens_without_a_network(
    served: object, pages: TestClient, browser: Browser, tmp_path: Path, path: str
) -> None:
    html = pages.get(path, params={"export": "1"}, headers={"Accept": "text/html"}).text
    file = tmp_path / "绿格 export.html"
    file.write_text(html, encoding="utf-8")
    context = browser.new_context(offline=True)
    try:
        said, asked = watch(context)
        page = context.new_page()
        open_page(page, file.as_uri())
        if path in MAPS:
            assert page.evaluate(COLOURS) >= 4
            assert page.locator(".leaflet-pane").count() > 3
        assert said == []
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    finally:
        context.close()


def watch(context: BrowserContext) -> tuple[list[str], list[str]]:
    said: list[str] = []
    asked: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on("request", lambda request: asked.append(request.url))
    return said, asked


def test_a_notebook_shows_the_map_in_a_frame(quiet: Page, pages: TestClient) -> None:
    html = pages.get("/maps/coverage", params={"export": "1"}, headers={"Accept": "text/html"}).text
    quiet.set_content("<iframe id='f' width='900' height='600'></iframe>")
    quiet.evaluate("html => { document.getElementById('f').srcdoc = html; }", html)
    frame = quiet.frame_locator("#f")
    expect(frame.locator("html[data-gg-ready]")).to_be_attached()
    expect(frame.locator("canvas")).to_be_visible()


@pytest.mark.parametrize("path", MAPS)
def test_hostile_names_stay_text(quiet: Page, served: object, path: str) -> None:
    open_page(quiet, f"{served.url}{path}")  # type: ignore[attr-defined]
    texts = quiet.evaluate(POINT_AT_EVERYTHING)
    assert any("<script>window.pwned=1</script>" in text for text in texts)
    assert quiet.evaluate("window.pwned") is None
    assert quiet.locator(".gg-panel img, .leaflet-container img[src=x]").count() == 0


def test_a_tier_can_be_chosen_without_asking_the_server(quiet: Page, served: object) -> None:
    open_page(quiet, f"{served.url}{SLOGAN}&weight=buildings&lang=zh")  # type: ignore[attr-defined]
    heading = quiet.locator(".gg-panel h1")
    expect(heading).to_have_text(re.compile("300 米见绿"), use_inner_text=True)
    first = quiet.locator(".gg-share:visible").inner_text()
    quiet.get_by_role("button", name=re.compile("500 米见园")).click()
    expect(heading).to_have_text(re.compile("500 米见园"), use_inner_text=True)
    assert quiet.locator(".gg-share:visible").inner_text() != first
    assert "tier=park_500m" in quiet.url
    quiet.reload()
    expect(heading).to_have_text(re.compile("500 米见园"), use_inner_text=True)


def test_layers_can_be_switched_off_and_on(quiet: Page, served: object) -> None:
    open_page(quiet, f"{served.url}/maps/coverage")  # type: ignore[attr-defined]
    full = quiet.evaluate(COLOURS)
    box = quiet.locator('input[data-gg-toggle="units"]')
    box.uncheck()
    quiet.wait_for_timeout(200)
    assert quiet.evaluate(COLOURS) < full
    box.check()
    quiet.wait_for_timeout(200)
    assert quiet.evaluate(COLOURS) == full


def test_choosing_another_weight_asks_again(quiet: Page, served: object) -> None:
    open_page(quiet, f"{served.url}/maps/coverage?lang=en")  # type: ignore[attr-defined]
    quiet.get_by_label("Count").select_option("population")
    quiet.wait_for_url(re.compile("weight=population"))
    expect(quiet.locator(".gg-ratio").first).to_contain_text("people")
    assert "lang=en" in quiet.url


@pytest.mark.parametrize("tier", ["green_300m", "park_500m", "scenery_1000m"])
def test_the_gaps_of_every_tier_are_drawn(quiet: Page, served: object, tier: str) -> None:
    address = SLOGAN.replace("coverage", "gaps")
    open_page(quiet, f"{served.url}{address}&weight=buildings&tier={tier}")  # type: ignore[attr-defined]
    assert quiet.evaluate(COLOURS) >= 4


def test_a_gap_in_the_list_is_shown_on_the_map(quiet: Page, served: object) -> None:
    open_page(quiet, f"{served.url}/maps/gaps?weight=buildings")  # type: ignore[attr-defined]
    before = quiet.evaluate("greengrid.maps[0].getZoom()")
    first = quiet.locator("[data-gg-focus]").first
    first.click()
    expect(first).to_have_attribute("aria-current", "true")
    expect(quiet.locator(".gg-popup")).to_contain_text(first.locator(".gg-n").inner_text())
    assert quiet.evaluate("greengrid.maps[0].getZoom()") >= before


def test_the_panel_folds_away_on_a_narrow_window(quiet: Page, served: object) -> None:
    quiet.set_viewport_size({"width": 390, "height": 844})
    open_page(quiet, f"{served.url}/maps/coverage")  # type: ignore[attr-defined]
    tall = quiet.locator(".gg-canvas").bounding_box()
    quiet.locator(".gg-panel > summary").click()
    expect(quiet.locator(".gg-legend").first).to_be_visible()
    small = quiet.locator(".gg-canvas").bounding_box()
    assert tall is not None
    assert small is not None
    assert 150 < small["height"] < tall["height"]
    assert not quiet.evaluate(OVERLAPS)


def test_the_map_prints(quiet: Page, served: object, tmp_path: Path) -> None:
    open_page(quiet, f"{served.url}/maps/coverage")  # type: ignore[attr-defined]
    quiet.emulate_media(media="print")
    expect(quiet.locator(".gg-nav")).to_be_hidden()
    expect(quiet.locator(".gg-panel")).to_be_visible()
    assert len(quiet.pdf(path=tmp_path / "map.pdf", landscape=True)) > 10_000


def test_a_page_that_the_browser_has_runs_again(browser: Browser, served: Served) -> None:
    context = browser.new_context()  # without the guard of the tests, which keeps nothing
    page, sent = context.new_page(), []
    for path in ("/maps/layers", "/rules", "/maps/layers"):
        page.goto(f"{served.url}{path}")
        sent.append(page.evaluate("performance.getEntriesByType('navigation')[0].transferSize"))
    page.wait_for_selector(".leaflet-overlay-pane canvas")
    assert page.evaluate("greengrid.maps.length") == 1
    assert sent[2] < sent[0] / 2  # headers alone
    context.close()


def test_what_somebody_else_wrote_into_a_page_does_not_run(page: Page, served: Served) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    def tamper(route: Route) -> None:
        answer = route.fetch()
        strange = "<script>window.pwned=1</script><script src='/static/page.js?x'></script>"
        strange += (
            "<img src='data:,' onerror='window.pwned=1'><p id='styled' style='color:red'>x</p>"
        )
        body = answer.text().replace("</body>", f"{strange}</body>")
        route.fulfill(response=answer, body=body)

    page.route("**/maps/layers", tamper)
    page.goto(f"{served.url}/maps/layers")
    page.wait_for_selector(".leaflet-overlay-pane canvas")
    assert page.evaluate("window.pwned") is None
    assert (
        page.evaluate("getComputedStyle(document.getElementById('styled')).color")
        != "rgb(255, 0, 0)"
    )
    refused = [one for one in said if "Content Security Policy" in one]
    assert len(refused) == 4, said
