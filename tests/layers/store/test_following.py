"""Pages that are kept follow whatever anybody writes, as if they had been read anew."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest

from layers import Store, open_store
from layers.store import PageQuestion
from layers.store.following import FollowedPages, Look, Move, Row
from layers.store.kept import KeptWithin
from tests.layers.store.files import raw
from tests.layers.store.town import buildings, frame, write

MANY = 520  # more than are followed


def questions(uids: list[str]) -> list[PageQuestion]:
    """Ask for all of a layer, and for pages with others before and behind them."""
    return [
        PageQuestion(),
        PageQuestion(limit=3),
        PageQuestion(limit=3, after=uids[2]),
        PageQuestion(limit=3, after=uids[-2]),
        PageQuestion(limit=4, columns=("floors",)),
        PageQuestion(limit=2, after="~"),
    ]


def told(store: Store, asked: list[PageQuestion]) -> list[Any]:
    """Ask all of it, and write down what came."""
    pages = [store.page("building", question) for question in asked]
    return [(page.matched, page.last_uid, page.changeset, page.rows.rows) for page in pages]


def elsewhere(place: str | Path, *statements: str) -> None:
    """Write as another program does, that knows nothing of stores."""
    if isinstance(place, Path):
        with raw(place) as file:
            for statement in statements:
                file.execute(statement)
        return
    with psycopg.connect(place) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def steps(store: Store, place: str | Path, uids: list[str]) -> Iterator[Callable[[], object]]:
    """Write in every way: at the ends of pages, within them, a little and much."""

    def change(work: Callable[[Any], object]) -> object:
        with store.change(author="tester", message="more") as writer:
            return work(writer)

    def update(*touched: str, **values: Any) -> Callable[[], object]:
        rows = pd.DataFrame(values, index=pd.Index(touched, name="uid"))
        return lambda: change(lambda w: w.update("building", rows))

    yield update(uids[1], floors=[40])
    yield update(uids[0], uids[5], floors=[41, 42])
    yield lambda: elsewhere(
        place,
        "INSERT INTO building (uid, code) VALUES ('!', 'first'), ('Z', 'x'), ('a', 'y'), ('ß', 'z')",
        "UPDATE building SET floors = 7 WHERE uid = '!'",
    )
    yield lambda: elsewhere(place, "DELETE FROM building WHERE uid = '!'")
    yield lambda: elsewhere(  # here and gone, and gone and here again
        place,
        "INSERT INTO building (uid, code) VALUES ('0', 'brief')",
        "DELETE FROM building WHERE uid = '0'",
        "DELETE FROM building WHERE uid = 'Z'",
        "INSERT INTO building (uid, code) VALUES ('Z', 'again')",
    )
    yield lambda: change(lambda w: w.delete("building", [uids[2], uids[6]]))
    yield lambda: write(store, "green_space", frame(buildings((50, 50))))
    yield lambda: write(store, "building", frame(dict.fromkeys(map(str, range(MANY))), floors=2))
    yield update(uids[4], floors=[8])
    yield lambda: elsewhere(place, "DELETE FROM building WHERE uid > '3'")
    yield lambda: elsewhere(place, "DELETE FROM building")
    yield lambda: write(store, "building", frame(buildings((5, 5), (30, 5))))


@pytest.mark.both_backends
def test_pages_are_what_they_would_be_if_read_anew(
    store: Store, reopened: Callable[[], Store], place: str | Path
) -> None:
    written = write(store, "building", frame(buildings(*((11 * n, 5) for n in range(9))), floors=3))
    uids = sorted(written.values())
    asked, other = questions(uids), reopened()
    seen = []
    for step in [lambda: None, *steps(store, place, uids)]:
        step()
        with closing(open_store(place)) as fresh:
            expected = told(fresh, asked)
        assert told(store, asked) == expected
        assert told(other, asked) == expected
        seen.append(expected[0][0])
    assert seen[:10] == [9, 9, 9, 13, 12, 12, 10, 10, 10 + MANY, 10 + MANY]
    assert seen[-2:] == [0, 2]


class Layer:
    """A layer of which one can only read what there is, and how often that was done."""

    def __init__(self) -> None:
        self.rows: list[Row] = [(f"u{n}", n) for n in range(10)]
        self.moves: list[Move] | None = []
        self.reads = 0
        self.counts = 0

    def look(self, number: int, revision: int, limit: int = 3) -> Look:
        return Look(
            number=number,
            revision=revision,
            after=None,
            limit=limit,
            read=self._read,
            count=self._count,
            moves=lambda _: self.moves,
        )

    def _read(self) -> list[Row]:
        self.reads += 1
        return self.rows[:4]

    def _count(self) -> int:
        self.counts += 1
        return len(self.rows)


def test_a_page_is_read_again_only_where_what_follows_it_is_wanted() -> None:
    layer, pages = Layer(), FollowedPages()

    def rows(number: int, revision: int) -> tuple[list[Row], int]:
        return pages.page("layer", "form", layer.look(number, revision))

    assert rows(1, 1) == (layer.rows[:4], 10)
    assert rows(5, 1) == (layer.rows[:4], 10)  # others were written meanwhile
    layer.moves = [
        Move("u1", True, ("u1", 77)),
        Move("u9", True, None),
        Move("u8", True, ("u8", 8)),
    ]
    assert rows(6, 6) == ([("u0", 0), ("u1", 77), ("u2", 2), ("u3", 3)], 9)
    layer.moves = [Move("u01", False, ("u01", 5))]
    assert rows(7, 7) == ([("u0", 0), ("u01", 5), ("u1", 77), ("u2", 2)], 10)
    assert (layer.reads, layer.counts) == (1, 1)
    # Who looked before that sees what there was then, and leaves what is kept to the others.
    assert rows(5, 1) == (layer.rows[:4], 10)
    assert (layer.reads, layer.counts) == (2, 2)
    layer.moves = []
    assert rows(8, 8)[0][1] == ("u01", 5)
    assert (layer.reads, layer.counts) == (2, 2)
    layer.moves = [Move("u0", True, None)]  # what comes after the last row moves up
    layer.rows = layer.rows[1:]
    assert rows(9, 9) == (layer.rows[:4], 9)
    assert (layer.reads, layer.counts) == (3, 2)
    layer.moves = None  # too much
    assert rows(10, 10) == (layer.rows[:4], 9)
    assert (layer.reads, layer.counts) == (4, 3)


def test_what_is_kept_stays_within_its_size() -> None:
    kept: KeptWithin[str] = KeptWithin(100)
    for n in range(10):
        kept.keep(n, str(n), 20)
        assert kept.find(0) == "0"  # what is asked for all the time stays
    assert [n for n in range(10) if kept.find(n)] == [0, 6, 7, 8, 9]
    kept.keep(0, "larger", 25)
    assert [n for n in range(10) if kept.find(n)] == [0, 7, 8, 9]
    kept.keep(7, "too large", 26)
    assert kept.find(7) is None
    kept.keep(1, "more", 20)
    kept.keep(2, "still more", 15)
    assert [n for n in range(10) if kept.find(n)] == [0, 1, 2, 8, 9]
