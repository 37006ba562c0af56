"""What a store keeps from one question to the next is what it would find anew, whoever writes."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pyogrio
import pytest
import shapely

from layers import Store, open_store
from layers.errors import FeatureRejectedError, ScopeError
from layers.exporting._pieces import Pieces
from layers.exporting.geojson import feature_texts
from layers.store import Filter, PageQuestion, PlainRows, Scope, Verb
from tests.layers.store.town import buildings, frame, territory, write

KINDS = ("building", "grid", "green_space", "bare_land")


@pytest.fixture
def other(place: str | Path) -> Iterator[Store]:
    """Open the same store as another process does, which keeps things of its own."""
    with closing(open_store(place)) as opened:
        yield opened


def said(store: Store, scope: Scope) -> dict[str, Any]:
    """Ask for everything of which something is kept."""
    page = store.page("building", PageQuestion(), scope=scope)
    corner = shapely.bounds(store.read("grid").geometry.iloc[0]).tolist()
    box = {"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": corner}]}
    here = PageQuestion(filters=(Filter.of(box),))
    texts = feature_texts(store.kind("building"), page.rows, "OGC:CRS84")
    alone = {uid: store.feature("building", uid, scope=scope) for uid in page.rows.uids}
    assert [len(each.rows) for each in alone.values()] == [1] * len(alone)
    return {
        "counts": store.counts(scope=scope),
        "some": store.counts(KINDS, scope=scope),
        "revisions": store.revisions(),
        "matched": (page.matched, store.page("building", here, scope=scope).matched),
        "texts": [json.loads(text) for text in texts],
        "frame": page.features.drop(columns="geometry").astype(str).to_dict(),
        "alone": {uid: (each.revision, each.rows.uids) for uid, each in alone.items()},
        "keys": {k: store.with_key("building", k, scope=scope) for k in ("b1", "b2", "gdal")},
        "change": store.last_change(),
    }


def desktop(place: str | Path) -> None:
    """Add a building, and change another, as a desktop program does."""
    shape = frame(buildings((210, 10))).geometry.iloc[0]
    if isinstance(place, Path):
        more = frame({"gdal": shapely.multipolygons([shape])}).set_crs(4490, allow_override=True)
        pyogrio.write_dataframe(more, place, layer="building", append=True)
        return
    with psycopg.connect(str(place)) as connection:
        connection.execute(
            "INSERT INTO building (code, geom) VALUES ('gdal', ST_Multi(ST_GeomFromText(%s, 4490)))",
            (shape.wkt,),
        )
        connection.execute("UPDATE building SET floors = 77 WHERE code = 'b1'")


def steps(store: Store, units: dict[str, str], place: str | Path) -> list[Callable[[], object]]:
    """Write in every way, one after the other."""

    def change(work: Callable[[Any], object]) -> object:
        with store.change(author="tester", message="more") as writer:
            return work(writer)

    b = write(store, "building", frame(buildings((5, 5), (20, 5), (350, 350)), floors=3))
    one = pd.Index([b["b1"]], name="uid")
    wider = store.read("grid").loc[[units["g00"]]].assign(code="g00-new")
    row = PlainRows(count=1, columns={"code": ["b9"]}, places=_place((40, 5)))
    return [
        lambda: change(lambda w: w.update("building", pd.DataFrame({"floors": [9]}, index=one))),
        lambda: change(lambda w: w.insert("green_space", frame(buildings((50, 50))))),
        lambda: change(lambda w: w.apply(store.prepare("building", insert=row))),
        lambda: desktop(place),
        lambda: change(lambda w: w.update("grid", wider[["code"]])),
        lambda: change(lambda w: w.delete("grid", [units["g00"]])),
        lambda: change(lambda w: w.delete("building", [b["b2"]])),
    ]


def _place(at: tuple[float, float]) -> Any:
    return frame(buildings(at)).geometry.to_numpy()


@pytest.mark.both_backends
def test_what_is_kept_is_what_would_be_found_anew(
    store: Store, other: Store, place: str | Path
) -> None:
    units = territory(store)
    everything, here = Scope.all(), Scope(units=frozenset({units["g00"]}))
    seen: list[Any] = []
    for step in [lambda: None, *steps(store, units, place)]:
        step()
        with closing(open_store(place)) as fresh:
            expected = {scope: said(fresh, scope) for scope in (everything, here)}
        for scope, wanted in expected.items():
            assert said(store, scope) == wanted
            assert said(other, scope) == wanted
        assert expected[everything] not in seen
        seen.append(expected[everything])
    assert seen[0]["counts"]["building"] == 3
    assert seen[-1]["counts"]["building"] == 4


def test_a_right_that_was_taken_away_shows_nothing_of_what_is_kept(store: Store) -> None:
    units = territory(store)
    uid = write(store, "building", frame(buildings((5, 5))))["b1"]
    inside, outside = (Scope(units=frozenset({units[key]})) for key in ("g00", "g33"))
    assert store.feature("building", uid, scope=inside).rows.uids == (uid,)
    assert not len(store.feature("building", uid, scope=outside).rows)
    assert store.counts(["building"], scope=inside) == {"building": 1}
    assert store.counts(["building"], scope=outside) == {"building": 0}
    with pytest.raises(ScopeError):
        store.feature("building", uid, scope=Scope(verbs=frozenset({Verb.CREATE})))
    assert store.counts(["building"], scope=Scope.nothing()) == {"building": 0}


def test_plain_rows_are_held_to_the_same_rules_as_a_frame(store: Store) -> None:
    for columns in ({"nothing": [1]}, {"floors": ["three"]}, {"name": ["\0"]}):
        with pytest.raises(FeatureRejectedError):
            store.prepare("building", insert=PlainRows(count=1, columns=columns))
    with pytest.raises(FeatureRejectedError):
        store.prepare("building", insert=PlainRows(count=1, columns={}, uids=("x",)))
    assert not len(store.prepare("building", update=PlainRows(count=1, columns={})).rows)


def test_pieces_are_found_again_and_never_more_than_they_may_hold() -> None:
    pieces, asked = Pieces(100_000), []

    def write_down(rows: Any) -> list[bytes]:
        asked.extend(rows)
        return [str(row).encode() for row in rows]

    for _ in range(3):
        assert pieces.texts("a", [(1,), (2,)], write_down) == [b"(1,)", b"(2,)"]
    assert pieces.texts("b", [(1,)], write_down) == [b"(1,)"]
    assert asked == [(1,), (2,), (1,)]
    for n in range(500):  # what is asked for all the time stays
        assert pieces.texts("a", [(1,), (n, "x" * 100)], write_down)[0] == b"(1,)"
        kept = [*pieces._young.values(), *pieces._old.values()]
        assert sum(map(len, kept)) * 600 <= 110_000
    assert asked.count((1,)) == 2
