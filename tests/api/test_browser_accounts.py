"""Setting up, signing in and out, as a person does it in a browser."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, expect

from api.app import create_app
from api.rights.gate import Gate
from api.settings import Settings

pytestmark = pytest.mark.browser
WORD = "correct horse battery"


@dataclass
class Served:
    """Pages on loopback, and their gate."""

    url: str
    gate: Gate


@pytest.fixture
def guarded(city_path: Path, tmp_path: Path) -> Iterator[Served]:
    path = tmp_path / "guarded.gpkg"
    path.write_bytes(city_path.read_bytes())
    app = create_app(Settings(store=str(path), warm_up=False, public_title="测试区"))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.service.gate)
    server.should_exit = True
    thread.join()
    listener.close()


def test_from_the_printed_link_to_signing_out(page: Page, guarded: Served) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    code = str(guarded.gate.make_setup_code())
    page.goto(f"{guarded.url}/setup#{code}")
    expect(page.locator("[name=code]")).to_have_value(code)
    assert "#" not in page.url
    for field, text in (("name", "李规划"), ("password", WORD), ("again", WORD)):
        page.fill(f"[name={field}]", text)
    page.click("main button")
    expect(page).to_have_url(re.compile(r"/login$"))
    page.goto(f"{guarded.url}/maps/layers?lang=zh")
    expect(page).to_have_url(re.compile(r"/login\?"))
    page.fill("[name=name]", "李规划")
    page.fill("[name=password]", WORD)
    page.press("[name=password]", "Enter")
    page.wait_for_selector(".leaflet-overlay-pane canvas")
    expect(page).to_have_url(re.compile(r"/maps/layers"))
    page.click("text=我的账户")
    expect(page.locator("h1")).to_have_text("李规划")
    assert page.evaluate("document.cookie") == ""
    for width in (1366, 390):
        page.set_viewport_size({"width": width, "height": 768})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.click("text=退出登录")
    expect(page).to_have_url(re.compile(r"/login"))
    page.goto(f"{guarded.url}/account")
    expect(page).to_have_url(re.compile(r"/login\?"))
    assert [one for one in said if "willReadFrequently" not in one] == []
