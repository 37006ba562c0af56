"""How PostgreSQL is asked: small questions are prepared, windows planned for each by itself."""

from contextlib import closing

import numpy as np
from sqlalchemy import text

from layers import open_store
from layers.store import Filter, PageQuestion
from tests.layers.store.town import buildings, frame, write

_PREPARED = text("SELECT statement FROM pg_prepared_statements")
_SETTING = text("SELECT current_setting('jit'), current_setting('max_parallel_workers_per_gather')")


def test_no_plan_for_any_window_is_made_of_those_that_were_asked_for(database: str) -> None:
    with closing(open_store(database)) as store:
        write(store, "building", frame(buildings(*((20 * n, 5) for n in range(9)))))
        west, south, east, north = store.read("building").total_bounds
        for share in np.linspace(0.2, 1.1, 20).tolist():
            box = {"bbox": [west, south, west + (east - west) * share, north]}
            inside = {"op": "s_intersects", "args": [{"property": "geometry"}, box]}
            page = store.page("building", PageQuestion(filters=(Filter.of(inside),), limit=1))
            assert len(page.rows) == 1
            assert 1 <= page.matched <= 9
        assert page.matched == 9
        with store._backend.reading() as connection:
            prepared = connection.scalars(_PREPARED).all()
    assert any("gg_version" in statement for statement in prepared)
    assert not [statement for statement in prepared if "ST_" in statement]


def test_little_is_asked_by_many_unless_somebody_says_otherwise(database: str) -> None:
    asked = {"": ("off", "0"), "?options=-c%20jit%3Don": ("on", "0")}
    for more, expected in asked.items():
        with (
            closing(open_store(f"{database}{more}")) as store,
            store._backend.reading() as connection,
        ):
            assert tuple(connection.execute(_SETTING).one()) == expected
