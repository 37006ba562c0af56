"""A store with a past of every sort, and two stores held against each other."""

import pandas as pd
import shapely

from gis import RuleSet, Tier
from layers import Store
from layers.analysis import run_coverage
from tests.layers.store.own import BENCH, with_field
from tests.layers.store.test_backends_agree import Author, content, divide, fill, located, told
from tests.layers.store.town import frame, write

NEAR = RuleSet("near", tiers=(Tier("green", "见绿", ("green_space",), 100),))


def inhabit(store: Store) -> str:
    """Divide a town, draw plots, import words, declare a kind, run; return the id of the run."""
    divide(store, 1)
    author = Author(3)
    for _ in range(3):
        with store.change(author="tester", message="第二次", source="drawn") as change:
            author.change(change)
    fill(store)
    with store.change(author="tester", message="moments") as change:
        moments = ["2024-02-29T23:59:50.100Z", "2024-02-29T23:59:59Z", None]
        events = frame({"e1": None, "e2": shapely.Point(5, 5), "e3": None}, reported_at=moments)
        uids = change.insert("grid_event", events)
        change.insert("green_space", frame({"park": shapely.box(0, 0, 50, 50)}, access="public"))
    with store.change(author="tester", message="gone") as change:
        change.delete("grid_event", uids[:1])
    store.add_kind(BENCH, author="tester")
    benches = write(store, "bench", frame({"s1": shapely.Point(5, 5), "s2": None}, seats=[3, None]))
    store.add_kind(with_field(BENCH, "wood"), author="tester")
    with store.change(author="tester", message="oak") as change:
        change.update("bench", pd.DataFrame({"wood": "oak"}, index=[benches["s1"]]))
    return run_coverage(store, NEAR, weight="households").run.id


def assert_same(one: Store, other: Store) -> None:
    """Compare what two stores say, now and then."""
    assert told(one) == told(other)
    assert [each.recorded_at for each in one.changesets()] == [
        each.recorded_at for each in other.changesets()
    ]
    assert one.settings == other.settings
    assert one.kinds == other.kinds
    assert one.runs() == other.runs()
    uids = one.read("building").index.tolist()
    assert one.origins(uids).to_csv() == other.origins(uids).to_csv()
    assert one.imports("building") == other.imports("building") != []
    assert one.revisions() == other.revisions()
    for kind in (kind for kind, revision in one.revisions().items() if revision):
        assert located(one, kind) == located(other, kind)
        for number in (None, *range(0, one.changeset_at() + 1, 3)):
            assert content(one, kind, as_of=number) == content(other, kind, as_of=number)
