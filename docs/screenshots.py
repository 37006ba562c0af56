"""Take pictures of the pages, to be looked at: every page, both languages, wide and narrow.

Run `python docs/screenshots.py [STORE] [FOLDER]`. Without a store the demo town is built. The
picture of the README, docs/images/coverage.png, is taken only when no folder is named.
"""

import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from api.app import create_app
from api.settings import load_settings
from layers.demo.writing import write_demo

IMAGES = Path(__file__).parent / "images"
SIZES = {"wide": (1366, 768), "narrow": (390, 844)}
SLOGAN = "rules=baishan_slogan_300_500_1000"
PAGES = {
    "overview": "/?",
    "layers": "/maps/layers?",
    "coverage": f"/maps/coverage?{SLOGAN}&tier=park_500m",
    "gaps": f"/maps/gaps?{SLOGAN}&tier=park_500m",
    "rules": "/rules?",
}


def main() -> None:
    """Serve a store and photograph it."""
    store = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    with tempfile.TemporaryDirectory() as scratch:
        if store is None:
            store = Path(scratch) / "demo.gpkg"
            write_demo(store).close()
        with served(store) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            if folder is None:
                shoot(browser, address + PAGES["coverage"] + "&lang=zh", IMAGES / "coverage.png")
            else:
                shoot_all(browser, address, folder)
            browser.close()


def shoot_all(browser: Browser, address: str, folder: Path) -> None:
    """Take every picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in PAGES.items():
        for lang in ("zh", "en"):
            for size in SIZES:
                target = folder / f"{name}-{lang}-{size}.png"
                shoot(browser, f"{address}{path}&lang={lang}", target, size)


def shoot(browser: Browser, url: str, target: Path, size: str = "wide") -> None:
    """Take one picture, once the page says that it is ready."""
    width, height = SIZES[size]
    page = browser.new_page(viewport={"width": width, "height": height})
    page.on("console", lambda message: complain(target, message.text))
    page.on("pageerror", lambda error: complain(target, str(error)))
    page.goto(url, timeout=120_000)
    page.wait_for_selector("html[data-gg-ready]", state="attached")
    page.wait_for_timeout(300)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    page.close()


def complain(target: Path, text: str) -> None:
    """Say what the browser said while a picture was taken."""
    sys.stderr.write(f"{target.name}: {text}\n")


@contextmanager
def served(store: Path) -> Iterator[str]:
    """Serve a store on loopback while the block runs."""
    config = uvicorn.Config(create_app(load_settings(store=str(store))), log_level="error")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


if __name__ == "__main__":
    main()
