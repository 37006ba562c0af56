"""Kinds of one's own in a store: their tables, their history, and who else knows of them."""

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import shapely
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from shapely import Point
from sqlalchemy import select

from layers import Scope, Store, Verb
from layers.errors import ScopeError, UnknownFieldError, UnknownKindError
from layers.kinds import CodeList, Field, FieldType, Kind
from layers.kinds.model import choices
from layers.kinds.own import (
    Declaration,
    KindFileError,
    KindNarrowerError,
    KindsFullError,
    KindTableTakenError,
)
from layers.store import DIRECT, declaring, migrating
from layers.store.declaring import Deed
from layers.store.schema import build_metadata
from tests.layers.store.databases import ask
from tests.layers.store.files import raw
from tests.layers.store.own import BENCH, example, with_field
from tests.layers.store.town import frame, territory, write

PLACES = {"p1": Point(50, 50), "p2": Point(350, 350)}


def add(store: Store, kind: Kind | Declaration) -> Deed:
    return store.add_kind(kind, author="tester").deed


def differences(store: Store) -> list[object]:
    """Say in which ways the tables differ from what the store knows."""
    with store._backend.reading() as connection:
        options = migrating.compare_options(connection.dialect.name)
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, store._metadata))


def run(place: str | Path, statement: str) -> None:
    """Run a statement as another program does."""
    if isinstance(place, Path):
        with raw(place) as connection:
            connection.execute(statement)
    else:
        ask(place, statement)


@pytest.mark.parametrize("name", ["fitness_equipment", "parking_place"])
def test_an_example_becomes_a_layer_like_any_other(
    store: Store, reopened: Callable[[], Store], sound: Callable[[], None], name: str
) -> None:
    declaration = example(name)
    units = territory(store)
    assert add(store, declaration) is Deed.ADDED
    assert differences(store) == []
    sound()
    for each in (store, reopened()):
        assert each.kinds[name] == declaration.kind
        assert each.kinds.own == (name,)
        assert each.kinds.themes["public_facilities"] == declaration.theme
        assert list(each.kinds.themes).index("public_facilities") == 5  # by its position
    uids = write(store, name, frame(PLACES, name=["一", "二"]))
    assert store.territory(name)["grid"].to_dict() == {
        uids["p1"]: units["g00"],
        uids["p2"]: units["g33"],
    }
    with store.change(author="tester", message="mend") as change:
        change.update(name, store.read(name, where="code = 'p1'").assign(name="改"))
        change.delete(name, [uids["p2"]])
    assert store.read(name)["name"].tolist() == ["改"]
    assert sorted(store.read(name, as_of=2)["name"]) == ["一", "二"]
    assert store.read(name, as_of=1).empty
    assert store.read(name, as_of=2, bbox=tuple(frame(PLACES).total_bounds)).shape[0] == 2
    sound()


def test_the_same_declaration_again_changes_nothing(store: Store) -> None:
    add(store, BENCH)
    before = store.state()
    assert add(store, BENCH) is Deed.UNCHANGED
    assert store.state() == before


def test_trying_writes_nothing(store: Store) -> None:
    before = store.state()
    outcome = store.add_kind(BENCH, author="tester", dry_run=True)
    assert (outcome.deed, outcome.kind) == (Deed.ADDED, BENCH)
    assert "bench" not in store.kinds
    assert store.state() == before
    assert differences(store) == []


def test_who_declared_what_and_when_is_kept(store: Store) -> None:
    add(store, BENCH)
    add(store, with_field(BENCH, "material"))
    with store._backend.reading() as connection:
        rows = connection.execute(select(store._metadata.tables["gg_kind"])).all()
    told = [(row.number, row.key, row.author) for row in rows]
    assert told == [(1, "bench", "tester"), (2, "bench", "tester")]
    assert abs(rows[-1].declared_at - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


def test_fields_come_and_what_was_recorded_stays(
    store: Store, reopened: Callable[[], Store], sound: Callable[[], None]
) -> None:
    add(store, BENCH)
    uids = write(store, "bench", frame(PLACES, seats=[2, 3]))
    other = reopened()
    kinds = {each.name: each for each in FieldType}
    wider = BENCH
    for name, type_ in kinds.items():
        wider = with_field(wider, f"a_{name.lower()}", type_)
    wider = replace(wider, title_zh="座椅", style=replace(BENCH.style, fill="#0072b2"))
    outcome = store.add_kind(wider, author="tester")
    assert (outcome.deed, len(outcome.new_fields)) == (Deed.CHANGED, len(kinds))
    assert differences(store) == []
    sound()
    # Who has had the store open all the time notices when it reads next.
    assert other.read("bench").columns.tolist() == store.read("bench").columns.tolist()
    with other.change(author="other", message="fill") as change:
        rows = other.read("bench", where="code = 'p1'")
        change.update("bench", rows.assign(a_real=0.1, a_date=dt.date(2026, 5, 1)))
    assert store.read("bench").loc[uids["p1"], "a_real"] == 0.1
    assert store.read("bench", as_of=1).loc[uids["p1"], ["seats", "a_real"]].isna().tolist() == [
        False,
        True,
    ]
    assert store.read("bench", where="a_real = 0.1").index.tolist() == [uids["p1"]]
    sound()


def code_list(*values: str, extensible: bool = False) -> CodeList:
    rows = choices(*((value, f"值{value}", f"Value {value}") for value in values))
    return CodeList(
        key="bench_wood", title_zh="木", title_en="Wood", choices=rows, extensible=extensible
    )


WOODEN = replace(
    BENCH,
    own_fields=(
        Field(key="wood", title_zh="木料", title_en="Wood", codes=code_list("oak", "pine")),
        Field(
            key="seats",
            title_zh="座位数",
            title_en="Seats",
            type=FieldType.INTEGER,
            unit="d",
            minimum=1,
            maximum=9,
        ),
    ),
)
WOOD, SEATS = WOODEN.own_fields


def changed(wood: Field = WOOD, seats: Field = SEATS, *more: Field) -> Kind:
    return replace(WOODEN, own_fields=(wood, seats, *more))


NARROWER = {
    "field_gone": replace(WOODEN, own_fields=(WOOD,)),
    "type": changed(seats=replace(SEATS, type=FieldType.REAL)),
    "unit": changed(seats=replace(SEATS, unit="m")),
    "tightened": changed(seats=replace(SEATS, minimum=2)),
    "values_gone": changed(wood=replace(WOOD, codes=code_list("oak"))),
    "new_required": changed(
        WOOD, SEATS, Field(key="x", title_zh="新", title_en="X", required=True)
    ),
    "geometry": replace(WOODEN, geometry=()),
    "key_field": replace(WOODEN, key_field="name"),
}


@pytest.mark.parametrize("reason", NARROWER)
def test_what_would_lose_data_is_refused(
    store: Store, sound: Callable[[], None], reason: str
) -> None:
    add(store, WOODEN)
    write(store, "bench", frame(PLACES, seats=[2, 3], wood=["oak", "pine"]))
    before = store.state()
    with pytest.raises(KindNarrowerError) as refused:
        add(store, NARROWER[reason])
    assert [each.values["reason"] for each in refused.value.details] == [reason]
    assert store.state() == before
    assert store.kinds["bench"] == WOODEN
    assert differences(store) == []
    sound()


@pytest.mark.parametrize("reason", NARROWER)
def test_a_layer_that_nobody_wrote_to_can_be_made_anew(
    store: Store, sound: Callable[[], None], reason: str
) -> None:
    add(store, WOODEN)
    assert add(store, NARROWER[reason]) is Deed.REPLACED
    assert store.kinds["bench"] == NARROWER[reason]
    assert differences(store) == []
    sound()


@pytest.mark.parametrize(
    "wider",
    [
        changed(wood=replace(WOOD, codes=None)),
        changed(wood=replace(WOOD, codes=code_list("oak", "pine", extensible=True))),
        changed(wood=replace(WOOD, codes=code_list("ash", "oak", "pine"))),
        changed(seats=replace(SEATS, minimum=0, maximum=None, aliases=("座位",))),
        replace(WOODEN, geometry_required=False, code_aliases=("椅号",), group="campaign"),
    ],
    ids=["no_codes", "open_codes", "more_codes", "bounds", "place_optional"],
)
def test_what_only_widens_is_taken(store: Store, wider: Kind) -> None:
    add(store, WOODEN)
    uids = write(store, "bench", frame(PLACES, seats=[2, 3], wood=["oak", "pine"]))
    assert add(store, wider) is Deed.CHANGED
    assert store.kinds["bench"] == wider
    assert set(store.read("bench").index) == set(uids.values())


def test_another_program_s_edits_are_versions_too(
    store: Store, place: str | Path, reopened: Callable[[], Store], sound: Callable[[], None]
) -> None:
    other = reopened()
    add(store, BENCH)
    run(place, "INSERT INTO bench (code, seats) VALUES ('x', 4)")
    run(place, "UPDATE bench SET seats = 5 WHERE code = 'x'")
    # The one that has not looked since the kind came adopts the edits.
    assert other.count("bench") == 1
    assert other.read("bench")["seats"].tolist() == [5]
    last = store.changesets()[-1]
    assert (last.author, last.changes) == (DIRECT, {"bench": {"insert": 1, "update": 1}})
    sound()


def test_a_writer_that_had_not_noticed_writes_all_the_same(
    store: Store, place: str | Path, reopened: Callable[[], Store], sound: Callable[[], None]
) -> None:
    other = reopened()
    add(store, BENCH)
    run(place, "INSERT INTO bench (code, seats) VALUES ('x', 4)")
    with other.change(author="other", message="more") as change:
        change.insert("bench", frame(PLACES, seats=[1, 2]))
    assert store.count("bench") == 3
    sound()


def test_what_nobody_declared_is_still_unknown(store: Store) -> None:
    with pytest.raises(UnknownKindError):
        store.kind("bench")
    add(store, BENCH)
    with pytest.raises(UnknownFieldError):
        store.read("bench", columns=["wood"])


def test_a_foreign_table_is_left_alone(store: Store, place: str | Path) -> None:
    run(place, "CREATE TABLE bench (id INTEGER)")
    with pytest.raises(KindTableTakenError) as refused:
        add(store, BENCH)
    assert refused.value.values == {"key": "bench"}
    assert store.state()[3] == 0


def test_there_is_a_most(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declaring, "MAX_KINDS", 1)
    add(store, BENCH)
    with pytest.raises(KindsFullError):
        add(store, replace(BENCH, key="bin", title_zh="垃圾箱", title_en="Bin"))
    assert add(store, with_field(BENCH, "material")) is Deed.CHANGED


def test_a_kind_made_in_python_is_checked_as_a_file_is(store: Store) -> None:
    with pytest.raises(KindFileError) as refused:
        add(store, replace(BENCH, key="gg_bench", title_zh="道路", group="nowhere"))
    assert {each.code for each in refused.value.details} == {
        "kind_name",
        "kind_taken",
        "kind_value",
    }


def test_only_who_may_do_everything_declares(store: Store) -> None:
    with pytest.raises(ScopeError):
        store.add_kind(BENCH, author="x", scope=Scope(verbs=frozenset({Verb.READ})))
    assert "bench" not in store.kinds


def test_one_theme_serves_several_kinds(store: Store) -> None:
    equipment = example("fitness_equipment")
    add(store, equipment)
    add(store, replace(BENCH, group="public_facilities"))
    # Its own file leaves the theme: whoever is listed there stays.
    add(store, replace(equipment.kind, group="green"))
    assert store.kinds.theme_of(store.kinds["bench"]) == equipment.theme


def test_the_longest_names_and_the_most_fields(store: Store, sound: Callable[[], None]) -> None:
    """As many as SQLite's functions take arguments for, and longer than PostgreSQL's names."""
    long = replace(BENCH, key="k" * 41, own_fields=(), key_field="f" * 39 + "00")
    for number in range(50):
        long = with_field(long, f"{'f' * 39}{number:02d}")
    add(store, long)
    assert differences(store) == []
    write(store, long.key, frame(PLACES, **{long.key_field: ["x", "y"]}))
    assert sorted(store.read(long.key, as_of=1)[long.key_field]) == ["x", "y"]
    sound()


def test_two_declare_at_once(store: Store, reopened: Callable[[], Store]) -> None:
    stores = [store, reopened(), reopened()]
    names = ["甲椅", "乙椅", "丙椅"]
    kinds = [
        replace(BENCH, key=f"bench_{n}", title_zh=name, title_en=f"Bench {n}")
        for n, name in enumerate(names)
    ]
    faults: list[Exception] = []

    def declare(number: int) -> None:
        try:
            add(stores[number], kinds[number])
            add(stores[number], BENCH)  # all three: one adds it, the others find it
        except Exception as fault:  # noqa: BLE001 - told by the main thread
            faults.append(fault)

    threads = [threading.Thread(target=declare, args=[n]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    for each in stores:
        assert each.count("bench") == 0
        assert set(each.kinds.own) == {"bench", "bench_0", "bench_1", "bench_2"}
    assert store.state()[3] == 4


def test_a_schema_before_own_kinds_takes_them_along(store: Store) -> None:
    add(store, BENCH)
    write(store, "bench", frame(PLACES))
    with store._backend.writing() as connection:
        metadata = build_metadata((), 4490)
        migrating.migrate_down(connection, store._backend, metadata, srid=4490, revision="0001")
        left = "SELECT count(*) FROM gg_version WHERE layer = 'bench'"
        assert connection.exec_driver_sql(left).scalar() == 0
        with pytest.raises(Exception, match="bench"), connection.begin_nested():
            connection.exec_driver_sql("SELECT * FROM bench")


def test_mixed_shapes_keep_their_own(store: Store) -> None:
    add(store, example("parking_place"))
    mixed = {"a": shapely.box(0, 0, 30, 20), "p": Point(5, 5)}
    write(store, "parking_place", frame(mixed, parking_type="public_lot"))
    shapes = store.read("parking_place").set_index("code").geometry.geom_type.to_dict()
    assert shapes == {"a": "Polygon", "p": "Point"}
