"""The scripts and styles of the pages: our own, and the vendored ones that the manifest lists.

A page either links them, from the server that serves the page, or has them written into it.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from mimetypes import guess_type
from pathlib import Path
from posixpath import dirname, join, normpath

from markupsafe import Markup

from api.errors import AssetMissingError

MAP_STYLES = ("vendor/leaflet/leaflet.css", "greengrid.css", "map.css")
MAP_SCRIPTS = ("vendor/leaflet/leaflet.js", "map.js")
PAGE_STYLES = ("greengrid.css",)
PAGE_SCRIPTS = ("page.js",)

_CSS_URL = re.compile(r"url\(\s*[\"']?(?P<path>[^\"')]+)[\"']?\s*\)")


@dataclass(frozen=True)
class Assets:
    """The head of a page: its styles and scripts, linked or inlined."""

    styles: tuple[str, ...] = MAP_STYLES
    scripts: tuple[str, ...] = MAP_SCRIPTS
    inline: bool = False

    @property
    def head(self) -> Markup:
        """The elements for the page's head."""
        style, script = (_inline_style, _inline_script) if self.inline else (_link, _script)
        return Markup("\n").join(
            [*(style(name) for name in self.styles), *(script(name) for name in self.scripts)]
        )

    @property
    def script_hashes(self) -> list[str]:
        """Content-security sources for the scripts written into the page."""
        return [script_hash(read_asset(name)) for name in self.scripts] if self.inline else []


def static_folder() -> Path:
    """Find the folder of static files."""
    with as_file(files("api") / "static") as folder:
        return folder


@cache
def read_asset(name: str) -> str:
    """Read a script or style.

    Raises
    ------
    AssetMissingError
    """
    # Browsers read line ends this way, and hash what they read.
    return _bytes(name).decode("utf-8").replace("\r\n", "\n")


@cache
def asset_url(name: str) -> str:
    """Give the address of an asset, with a part of its checksum so that browsers may keep it."""
    return f"/static/{name}?v={hashlib.sha256(_bytes(name)).hexdigest()[:12]}"


def script_hash(script: str) -> str:
    """Give the content-security source that allows exactly this inline script."""
    digest = hashlib.sha256(script.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def nonce_mark() -> str:
    """Give what stands in a page for the word by which a browser knows our scripts.

    Nobody can guess it, so that nobody can have it written into a page as part of a name.
    """
    return f"nonce-{secrets.token_urlsafe(24)}"


def file_policy(script_sources: Sequence[str]) -> str:
    """Give the policy of a page that is one file: its own scripts run, and nothing is fetched."""
    scripts = " ".join(script_sources) or "'none'"
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; img-src data:; "
        "form-action 'none'; base-uri 'none'"
    )


def vendored() -> list[dict[str, str]]:
    """List the vendored packages with their versions and licences, from the manifest."""
    manifest = json.loads(read_asset("vendor/manifest.json"))
    return [
        {key: package[key] for key in ("name", "version", "licence")}
        for package in manifest["packages"]
    ]


def _bytes(name: str) -> bytes:
    path = static_folder() / name
    try:
        return path.read_bytes()
    except OSError:
        raise AssetMissingError(asset=name) from None


def _link(name: str) -> Markup:
    return Markup('<link rel="stylesheet" href="{}">').format(asset_url(name))


def _script(name: str) -> Markup:
    return Markup('<script src="{}" nonce="{}"></script>').format(asset_url(name), nonce_mark())


def _inline_style(name: str) -> Markup:
    # The styles are ours or vendored, never a user's: nothing in them needs escaping.
    return Markup("<style>\n{}\n</style>").format(Markup(_with_data_uris(name)))  # noqa: S704  as said


def _inline_script(name: str) -> Markup:
    return Markup("<script>{}</script>").format(Markup(read_asset(name)))  # noqa: S704  as above


def _with_data_uris(name: str) -> str:
    """Write the pictures that a style names into the style itself."""

    def replaced(match: re.Match[str]) -> str:
        path = match["path"]
        if path.startswith(("data:", "#")):
            return match[0]
        content = _bytes(normpath(join(dirname(name), path)))
        media = guess_type(path)[0] or "application/octet-stream"
        return f"url(data:{media};base64,{base64.b64encode(content).decode('ascii')})"

    return _CSS_URL.sub(replaced, read_asset(name))
