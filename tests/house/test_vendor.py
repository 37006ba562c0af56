"""The scripts and styles that our pages serve: complete, unchanged, with their licences."""

import hashlib
import json
import re
import tomllib
from typing import Any

import hatch_build
from tests.house.tracked import ROOT

VENDOR = ROOT / "api/static/vendor"


def manifest() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VENDOR / "manifest.json").read_text("utf-8"))
    return loaded


def entries() -> list[dict[str, str]]:
    return [
        entry
        for package in manifest()["packages"]
        for group in ("scripts", "styles", "others")
        for entry in package[group]
    ]


def test_they_were_built_from_the_web_folder_beside_them() -> None:
    assert hatch_build.is_current(ROOT), "run `pip install -e .` to build api/static/vendor"


def test_versions_are_those_of_the_lock() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text("utf-8"))["packages"]
    for package in manifest()["packages"]:
        assert package["version"] == lock[f"node_modules/{package['name']}"]["version"]


def test_every_file_is_there_and_unchanged() -> None:
    for entry in entries():
        content = (VENDOR / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["path"]


def test_every_package_ships_its_licence() -> None:
    for package in manifest()["packages"]:
        text = (VENDOR / package["licence_file"]).read_text("utf-8")
        assert "copyright" in text.lower(), package["name"]


def test_styles_name_no_picture_that_is_not_shipped() -> None:
    known = {entry["path"] for entry in entries()}
    for entry in entries():
        if not entry["path"].endswith(".css"):
            continue
        folder = entry["path"].rsplit("/", 1)[0]
        style = (VENDOR / entry["path"]).read_text("utf-8")
        for url in re.findall(r"url\([\"']?([^\"')]+)", style):
            # Behaviours of browsers long gone (`#default#VML`) and inlined pictures are no files.
            if not url.startswith(("#", "data:")):
                assert f"{folder}/{url}" in known, url


def test_nothing_else_lies_there() -> None:
    listed = {entry["path"] for entry in entries()}
    listed |= {package["licence_file"] for package in manifest()["packages"]} | {"manifest.json"}
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert found == listed


def test_wheel_and_source_distribution_carry_them() -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]
    for target in ("wheel", "sdist"):
        assert "api/static/vendor/**" in targets["targets"][target]["artifacts"]
