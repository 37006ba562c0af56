"""What descriptions name: spellings, the longest name, equal names, numbers that are no names."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from layers.locating import Gazetteer, How, Place, fold_name


def place(uid: str, *names: str, kind: str = "building", units: tuple[str, ...] = ()) -> Place:
    return Place(uid=uid, kind=kind, names=names, units=frozenset(units))


TOWN = Gazetteer(
    [
        place("k1", "滨河小区", "XQ001", kind="compound"),
        place("k2", "滨河小区二期", kind="compound"),
        place("b3", "滨河小区3号楼"),
        place("b13", "滨河小区13号楼"),
        place("g", "第三网格", "220605001001005", kind="grid"),
        place("p", "五一路", kind="place_name"),
        place("n1", "北山社区", kind="community", units=("S1",)),
        place("n2", "北山社区", kind="community", units=("S2",)),
        place("short", "河", kind="place_name"),
    ]
)


@pytest.mark.parametrize(
    "spelling",
    [
        "滨河小区3号楼", "滨河小区三号楼", "滨河小区3#楼", "滨河小区３＃楼", "滨河小区3栋", "滨河小区 3幢",
        "滨河小区－03号楼", "滨河小区（3号楼）", "滨河小区第三栋", "滨河小区,3座", "滨河小区3#", "滨河小区3楼",
    ],
)  # fmt: skip
def test_spellings_of_one_building(spelling: str) -> None:
    found = TOWN.match(spelling)
    assert (found.how, found.place and found.place.uid) == (How.EXACT, "b3")
    assert found.confidence == 1


@pytest.mark.parametrize(
    ("description", "uid", "how"),
    [
        ("滨河小区3号楼东侧", "b3", How.WITHIN),
        ("江源区滨河小区十三号楼前花坛", "b13", How.WITHIN),
        ("滨河小区二期门口", "k2", How.WITHIN),
        ("滨河小区23号楼", "k1", How.WITHIN),  # there is no 23rd: the compound is what is known
        ("滨河小区南门", "k1", How.WITHIN),
        ("xq００１", "k1", How.EXACT),
        ("第3网格", "g", How.EXACT),
        ("三网格空地", "g", How.WITHIN),
        ("220605001001005", "g", How.EXACT),
        ("五一路北", "p", How.WITHIN),
    ],
)
def test_the_longest_name_counts(description: str, uid: str, how: How) -> None:
    found = TOWN.match(description)
    assert (found.place and found.place.uid, found.how) == (uid, how)
    assert 0 < found.confidence <= 1
    assert (found.confidence == 1) == (how is How.EXACT)


@pytest.mark.parametrize(
    "description", ["", "  ", "某处", "河", "2206050010010051", "1220605001001005"]
)
def test_what_names_nothing(description: str) -> None:
    found = TOWN.match(description)
    assert (found.how, found.place, found.confidence) == (How.NOTHING, None, 0)


def test_of_equal_names_none_is_taken_unless_the_unit_tells_them_apart() -> None:
    found = TOWN.match("北山社区广场")
    assert (found.how, found.place, len(found.places)) == (How.AMBIGUOUS, None, 2)
    told = TOWN.match("北山社区广场", units=["S2"])
    assert told.place
    assert told.place.uid == "n2"
    assert TOWN.match("北山社区广场", units=["S1", "S2"]).place is None
    assert TOWN.match("北山社区广场", units=["elsewhere"]).how is How.AMBIGUOUS


def test_one_thing_with_two_names_is_one_thing() -> None:
    town = Gazetteer([place("b", "红旗楼", "红旗 楼", "HQ-1")])
    assert town.match("红旗楼旁").place is not None


def test_streets_and_names_keep_their_numerals() -> None:
    assert fold_name("五一路") == "五一路"
    assert fold_name("三合社区") == "三合社区"
    assert fold_name("一百零五号楼") == "105号楼"
    assert fold_name("一〇二栋") == "102号楼"
    assert fold_name("3楼东") == "3楼东"  # a floor, not a building


NAMES = st.text("甲乙丙三3十号楼栋小区# -ａA", min_size=1, max_size=12)


@given(NAMES)
@example("1#楼栋")
def test_folding_again_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


@given(st.lists(NAMES, min_size=1, max_size=6), NAMES)
def test_it_agrees_with_looking_at_every_name(names: list[str], text: str) -> None:
    town = Gazetteer([place(f"u{number}", name) for number, name in enumerate(names)])
    found = town.match(text)
    folded = fold_name(text)

    def stands(name: str) -> bool:
        at = folded.find(name)
        while at >= 0:
            end = at + len(name)
            before = at > 0 and folded[at - 1].isdecimal() and name[0].isdecimal()
            after = end < len(folded) and folded[end].isdecimal() and name[-1].isdecimal()
            if not (before or after):
                return True
            at = folded.find(name, at + 1)
        return False

    known = {name for name in map(fold_name, names) if len(name) > 1 and stands(name)}
    assert len(found.name) == max(map(len, known), default=0)
    assert (found.how is How.NOTHING) == (not known)
