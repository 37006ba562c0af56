"""One history, two backends: the same content, at every changeset, layer by layer."""

import datetime as dt
import hashlib
import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gis import RuleSet, Tier
from layers import Cause, Scope, Store, create_store, open_store
from layers.analysis import run_coverage, verify_run
from layers.kinds import KINDS
from layers.store import ChangeWriter, ImportSource
from tests.layers.store.test_fields import VALUES
from tests.layers.store.town import METRIC_CRS, degrees, frame, units
from tests.postgis import Server

Pair = tuple[Store, Store]


@pytest.fixture
def pair(path: Path, database: str) -> Iterator[Pair]:
    """Open an empty store on each backend."""
    stores = (open_store(path), open_store(database))
    yield stores
    for store in stores:
        store.close()


def digest(features: gpd.GeoDataFrame) -> str:
    """Hash everything that features say, to the last digit and the last bit of their places."""
    plain = features.drop(columns="geometry")
    values = plain.astype(object).where(plain.notna(), None)
    places = [None if wkb is None else wkb.hex() for wkb in features.geometry.to_wkb()]
    text = repr((features.index.tolist(), list(values), values.to_numpy().tolist(), places))
    dtypes = repr(features.dtypes.to_dict())
    return hashlib.sha256((text + dtypes + str(features.crs)).encode()).hexdigest()


def content(store: Store, kind: str, **question: Any) -> str:
    return digest(store.read(kind, **question))


def told(store: Store) -> list[tuple[Any, ...]]:
    """Give what changesets say, but for the time, which nobody can choose."""
    return [
        (each.id, each.author, each.message, each.source, each.cause, each.changes)
        for each in store.changesets()
    ]


def located(store: Store, kind: str) -> str:
    return store.territory(kind).astype(str).to_csv()


def assert_alike(pair: Pair, ask: Callable[..., Any], *args: Any, **question: Any) -> None:
    """Ask both stores the same."""
    one, other = (ask(store, *args, **question) for store in pair)
    assert one == other, (args, question)


def assert_same_content(pair: Pair) -> None:
    """Compare all layers at all changesets, and what is said about them."""
    assert_alike(pair, Store.changeset_at)
    assert_alike(pair, told)
    written = [kind for kind, revision in pair[0].revisions().items() if revision]
    for number in range(pair[0].changeset_at() + 1):
        assert_alike(pair, Store.revisions, as_of=number)
        for kind in written:
            assert_alike(pair, content, kind, as_of=number)
    for kind in KINDS:
        assert_alike(pair, content, kind)
        assert_alike(pair, located, kind)


class Author:
    """Write the same history, chosen by a seed, into whatever store it is given."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.uids: list[str] = []

    def new_uid(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def features(self, uids: list[str]) -> gpd.GeoDataFrame:
        kind = KINDS["bare_land"]
        columns = {
            field.key: pd.Series(
                [self.random.choice([*VALUES[field.type], None]) for _ in uids], dtype=object
            )
            for field in kind.fields
            if field.key not in {"valid_from", "valid_to"}
        }
        corners = [(self.random.uniform(0, 400), self.random.uniform(0, 400)) for _ in uids]
        shapes = [
            self.random.choice([shapely.box(x, y, x + 9, y + 9), shapely.MultiPolygon(), None])
            for x, y in corners
        ]
        made = gpd.GeoDataFrame(columns, geometry=degrees(shapes))
        return made.set_axis(pd.Index(uids, name="uid"))

    def change(self, change: ChangeWriter) -> None:
        for _ in range(self.random.randint(1, 3)):
            step = self.random.choice(["insert", "update", "delete"])
            some = self.random.sample(self.uids, min(len(self.uids), 3))
            if step == "insert" or not some:
                new = [self.new_uid() for _ in range(5)]
                change.insert("bare_land", self.features(new))
                self.uids += new
            elif step == "update":
                change.update("bare_land", self.features(some))
            else:
                change.delete("bare_land", some)
                self.uids = [uid for uid in self.uids if uid not in some]


def divide(store: Store, seed: int) -> None:
    """Divide the town, with the same identities each time."""
    author = Author(seed)
    with store.change(author="tester", message="divide", cause=Cause.REDIVISION) as change:
        for level, drawn in units().items():
            uids = [author.new_uid() for _ in drawn.index]
            change.insert(level, drawn.set_axis(pd.Index(uids, name="uid")))


@pytest.mark.parametrize("seed", range(2))
def test_the_same_history_gives_the_same_content(pair: Pair, seed: int) -> None:
    for store in pair:
        author = Author(seed)
        divide(store, seed)
        for n in range(8):
            with store.change(
                author=f"author {n}", message=f"第 {n} 次", source="drawn", cause=Cause.CORRECTION
            ) as change:
                author.change(change)
    assert pair[0].changeset_at() == 9
    assert_same_content(pair)


QUESTIONS: list[dict[str, Any]] = [
    {"where": "code < 'm'"},
    {"where": "code >= '丁'"},
    {"where": "code LIKE 'B%'"},
    {"where": "code LIKE '%\\_%'"},
    {"where": "CASEI(code) = 'straße'"},
    {"where": "CASEI(code) = CASEI('É')"},
    {"where": "floors * 3000000000 > 6000000000"},
    {"where": "floors + 9223372036854775807 > 0"},
    {"where": "floors * floors * floors * floors * floors * floors > 0"},
    {"where": "households IS NULL OR NOT (households > 1)"},
    {"where": "name IN ('甲', '乙') AND floors BETWEEN 2 AND 5"},
    {"where": "households_estimated = true"},
    {"where": "surveyed_on >= DATE('2024-01-01')"},
    {"on": dt.date(2024, 6, 1)},
    {"on": dt.date(2025, 1, 1)},
    {"columns": ["floors", "code"]},
]


def fill(store: Store) -> None:
    """Write words that languages order in their own ways, and numbers, days and flags."""
    codes = ["a", "B", "_x", "ä", "Z", "丁", "甲", "é", "É", "STRASSE", "straße", "0", "-1", "b_1"]
    count = len(codes)
    rows = frame(
        {code: shapely.box(20 * n, 0, 20 * n + 10, 10) for n, code in enumerate(codes)},
        name=["甲", "乙", None] * 4 + ["甲", "乙"],
        floors=pd.array([*range(count - 1), None], dtype="Int64"),
        households=pd.array([None, 1, 2] * 4 + [0, 5], dtype="Int64"),
        households_estimated=pd.array([True, False, None] * 4 + [True, True], dtype="boolean"),
        surveyed_on=[None, dt.date(2024, 5, 1)] * 7,
        valid_from=[None, dt.date(2024, 6, 1)] * 7,
        valid_to=[dt.date(2025, 1, 1), None] * 7,
    )
    uids = [str(uuid.UUID(int=n, version=4)) for n in range(count)]
    with store.change(author="tester", message="words") as change:
        change.insert("building", rows.set_axis(pd.Index(uids, name="uid")))
        origins = pd.DataFrame(
            {"row_number": range(count), "original_wkb": [b"\x00\xff", None] * 7}, index=uids
        )
        source = ImportSource(
            file_name="表.xlsx", file_sha256="0" * 64, selection="", datum="CGCS2000"
        )
        change.record_import("building", source, origins)
    with store.change(author="tester", message="later") as change:
        change.update("building", pd.DataFrame({"floors": 1}, index=uids[:2]))


def assert_same_answers(pair: Pair) -> None:
    for as_of in (None, 1):
        for question in QUESTIONS:
            assert_alike(pair, content, "building", as_of=as_of, **question)
        rng = np.random.default_rng(5)
        for west, south, width in rng.uniform([0, -50, 1], [280, 50, 99], (20, 3)):
            box = degrees([shapely.box(west, south, west + width, south + width)]).total_bounds
            assert_alike(pair, content, "building", as_of=as_of, bbox=tuple(box))
    uids = pair[0].read("building").index.tolist()
    assert_alike(pair, lambda store: store.origins(uids).to_csv())
    assert_alike(pair, Store.imports, "building")
    assert_alike(pair, Store.counts)


def test_the_same_questions_get_the_same_answers(pair: Pair) -> None:
    for store in pair:
        fill(store)
    assert_same_answers(pair)


def test_the_language_of_the_server_changes_no_answer(path: Path, server: Server) -> None:
    """A database that sorts as Chinese dictionaries do answers like a file that does not."""
    name = server.create(settings="LOCALE_PROVIDER icu ICU_LOCALE 'zh-CN' ENCODING 'UTF8'")
    server.run("CREATE EXTENSION postgis", database=name)
    with (
        closing(open_store(path)) as one,
        closing(create_store(server.url(name), metric_crs=METRIC_CRS)) as other,
    ):
        fill(one)
        fill(other)
        assert_same_answers((one, other))
    server.drop(name)


def test_a_scope_limits_both_alike(pair: Pair) -> None:
    for store in pair:
        divide(store, 1)
        author = Author(4)
        with store.change(author="tester", message="plots") as change:
            author.change(change)
    grid = pair[0].read("grid").index[0]
    scope = Scope(units=frozenset({grid}))
    assert_alike(pair, content, "bare_land", scope=scope)


def test_an_analysis_gives_the_same_figures_and_proves_them(pair: Pair) -> None:
    rules = RuleSet("near", tiers=(Tier("green", "见绿", ("green_space",), 100),))
    for store in pair:
        divide(store, 1)
        fill(store)
        park = frame({"park": shapely.box(0, 0, 50, 50)}, access="public")
        with store.change(author="tester", message="a park") as change:
            change.insert("green_space", park.set_axis(pd.Index([Author(9).new_uid()], name="uid")))
    runs = [
        run_coverage(store, rules, weight="households", on=dt.date(2024, 7, 1)) for store in pair
    ]
    assert runs[0].run.results == runs[1].run.results
    for store, made in zip(pair, runs, strict=True):
        kept, again = verify_run(store, made.run.id)
        assert list(kept.results) == list(made.run.results)
        assert repr(kept.results) == repr(again.results) == repr(made.run.results)
        assert repr(kept.rules) == repr(made.run.rules)
