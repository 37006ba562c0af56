"""What must stand in no file of the repository, and what must stand in some.

The patterns are put together from pieces so that this file does not contain what it looks for.
"""

import json
import re

import pytest

from tests.house.tracked import ROOT, tracked_files, tracked_text


def joined(*pieces: str) -> str:
    return "".join(pieces)


# Registries are reached by name through their clients, so that mirrors work.
REGISTRY_HOSTS = re.compile(
    "|".join((
        joined("py", r"pi\.", "org"),
        joined("python", r"hosted\.", "org"),
        joined("np", r"mjs\.", "(org|com)"),
        joined("yarn", r"pkg\.", "com"),
        joined("deb", r"ian\.", "org"),
        joined("conda", r"\.", "anaconda"),
    ))
)  # fmt: skip

# A page that we serve or export never leaves the server it came from.
FOREIGN_SCRIPTS = re.compile(
    "|".join((
        joined("js", "deliv", "r"),
        joined("unp", r"kg\.", "com"),
        joined("cdn", "js"),
        joined("bootstrap", "cdn"),
        joined("google", "apis"),
    ))
)  # fmt: skip

# Nobody who reads the repository knows the desk at which a part of it was written.
PRIVATE_WORDS = re.compile(
    "|".join((
        joined("/wo", "rk/"),
        joined("/tm", "p/"),
        joined(r"\.lib", "rary"),
        joined(r"\bC", r"EO\b"),
        joined("DES", "IGN"),
        joined("FEAS", "IBILITY"),
        joined("PERFORM", r"ANCE\.md"),
        joined("CONVENT", r"IONS\.md"),
        joined("DOM", r"AIN( §|\.md)"),
        joined("STY", r"LE( §|\.md)"),
        joined("INTER", "FACES"),
        joined(r"\bis", r"sue #?\d"),
        joined(r"\bCla", r"ude\b"),
    ))
)  # fmt: skip
SHARED = re.compile(joined("sha", "red/"))
SHARED_ALLOWED = {"tests/conftest.py"}

PHONE_NUMBERS = re.compile(
    r"(?<![\w.+/-])(\+86[ -]?)?1[3-9]\d{9}(?![\w.])|(?<![\w.-])0\d{2,3}-\d{7,8}(?![\w-])"
)


def findings(pattern: re.Pattern[str], *, skip: frozenset[str] = frozenset()) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:100]}"
        for name, text in tracked_text().items()
        if name not in skip
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_registry_is_named_by_its_host() -> None:
    assert not findings(REGISTRY_HOSTS)


def test_no_page_takes_scripts_from_elsewhere() -> None:
    assert not findings(FOREIGN_SCRIPTS)


def test_no_word_of_a_workplace() -> None:
    assert not findings(PRIVATE_WORDS)
    assert not findings(SHARED, skip=frozenset(SHARED_ALLOWED))


def test_no_phone_numbers() -> None:
    assert not findings(PHONE_NUMBERS)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (REGISTRY_HOSTS, joined("registry.np", "mjs.org")),
        (FOREIGN_SCRIPTS, joined("https://cdn.js", "delivr.net/x.js")),
        (PRIVATE_WORDS, joined("see DES", "IGN §4")),
        (PHONE_NUMBERS, joined("电话", " 138", "0013", "8000")),
        (PHONE_NUMBERS, joined("call 04", "39-", "3212", "345")),
    ],
)
def test_the_patterns_find_what_they_look_for(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)


@pytest.mark.parametrize(
    "text", ["126.13800138000", "epsg:4551", "2026-11-20", "sha1-13800138000a"]
)
def test_numbers_that_are_no_phone_numbers(text: str) -> None:
    assert not PHONE_NUMBERS.search(text)


def test_no_data_is_tracked() -> None:
    """Nobody else's data, and no store of our own, are ever committed."""
    suffixes = {".gpkg", ".parquet", ".pbf", ".shp", ".geojson", ".csv", ".xlsx", ".zip", ".db"}
    tracked = [path for path in tracked_files() if path.suffix in suffixes]
    assert not [str(path.relative_to(ROOT)) for path in tracked]


def test_no_tracked_file_is_big() -> None:
    big = {path.name: path.stat().st_size for path in tracked_files() if path.suffix != ".png"}
    assert not {name: size for name, size in big.items() if size > 200_000}


def test_locks_name_versions_and_no_places() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text("utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
    for path in (ROOT / "requirements").glob("*.txt"):
        lines = path.read_text("utf-8").splitlines()
        pins = [line for line in lines if line and not line.startswith("#")]
        assert pins
        assert not [pin for pin in pins if "==" not in pin or "://" in pin]
