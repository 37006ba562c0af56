"""What is hidden is named by no door, and cannot be told from what is not there."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers import Scope, open_store
from layers.accounts import ROLES
from layers.store import Verb
from tests.api.guarded import BY, HTML, WORD, House, grant

# What names a feature of the city, and nothing else that a page says.
NAMES = re.compile(
    r"\b(?:B\d{4}|G\d{3})\b|\d+号楼|第\d+网格|河口社区|城南社区|东山社区|河滨公园|古塔|主街"
)


def test_a_hidden_run_is_like_one_that_never_was(house: House) -> None:
    chief, absent = house.token("chief"), "00000000-0000-0000-0000-000000000000"
    page = house.pages.get("/maps/coverage", headers={**HTML, **chief}).text
    run_id = re.findall(r"/runs/([0-9a-f-]{36})", page)[0]
    assert house.pages.get(f"/runs/{run_id}", headers={**HTML, **chief}).status_code == 200
    grant(house, "li", "viewer", unit="C0")
    mine = house.token("li")
    for accept in (HTML, {}):
        hidden, missing = (
            house.pages.get(f"/runs/{each}", headers={**accept, **mine})
            for each in (run_id, absent)
        )
        assert hidden.status_code == missing.status_code == 404
        assert hidden.content.replace(run_id.encode(), absent.encode()) == missing.content
        assert _plain(hidden.headers) == _plain(missing.headers)
    page = house.pages.get("/maps/coverage", headers={**HTML, **mine}).text
    own = re.findall(r"/runs/([0-9a-f-]{36})", page)[0]
    assert own != run_id
    proof = house.pages.get(f"/runs/{own}", headers={**HTML, **mine})
    assert proof.status_code == 200
    assert str(house.path) not in proof.text
    assert house.pages.get(f"/runs/{own}", headers={**HTML, **chief}).status_code == 200


def test_a_hidden_feature_is_like_one_that_never_was(house: House) -> None:
    store = open_store(house.path)
    homes = store.read("building", columns=["code"])["code"]
    grant(house, "li", "viewer", unit="C0", kinds={"building"})
    mine, absent = house.token("li"), "00000000-0000-4000-8000-000000000000"
    visitor = house.accounts.visitor(store.kinds, token=mine["Authorization"].split()[1])
    assert visitor is not None
    seen = store.read("building", columns=["code"], scope=visitor.scope).index
    store.close()
    hidden = str(homes.index.difference(seen)[0])
    items = "/ogc/collections/building/items"
    assert house.pages.get(f"{items}/{seen[0]}", headers=mine).status_code == 200
    pairs = [
        (f"{items}/{hidden}", f"{items}/{absent}"),
        ("/ogc/collections/green_space", "/ogc/collections/green_castl"),
        ("/ogc/collections/green_space/items", "/ogc/collections/green_castl/items"),
    ]
    for there, nowhere in pairs:
        for headers in (mine, {**mine, **HTML}, {}):
            found, missing = (house.pages.get(each, headers=headers) for each in (there, nowhere))
            assert found.status_code == missing.status_code
            assert found.status_code == (404 if "Authorization" in headers else 401)
            told = found.content.replace(hidden.encode(), absent.encode())
            assert told.replace(b"green_space", b"green_castl") == missing.content
            assert _plain(found.headers) == _plain(missing.headers)


DOORS = [
    "/",
    "/maps/layers",
    "/maps/coverage?weight=buildings",
    "/maps/gaps?weight=area",
    "/ogc/collections/building/items?f=json&limit=1000",
    "/ogc/collections/building/items?f=csv&filter=code%20LIKE%20'B%25'",
    "/ogc/collections/grid/items?f=html",
    "/ogc/collections/green_space/items?f=json&as-of=1",
    "/ogc/collections/community?f=json",
]
UNITS = [None, "C0", "C2", "G003"]
KINDS = ["building", "grid", "community", "green_space", "road", "scenic_spot", "residential_land"]
GRANTS = st.lists(
    st.tuples(
        st.sampled_from([role for role in ROLES if role != "administrator"]),
        st.sampled_from(UNITS),
        st.none() | st.sets(st.sampled_from(KINDS), min_size=1),
    ),
    min_size=1,
    max_size=2,
)


GRANTED = given(grants=GRANTS, opened=st.sets(st.sampled_from(KINDS), max_size=2))
ONE_HOUSE = [HealthCheck.function_scoped_fixture]


@settings(max_examples=3, deadline=None, suppress_health_check=ONE_HOUSE)
@GRANTED
def test_no_door_names_what_its_visitor_may_not_read(
    house: House, grants: list[tuple[str, str | None, set[str] | None]], opened: set[str]
) -> None:
    assert_nothing_hidden_is_named(house, grants, opened)


@pytest.mark.long
@settings(max_examples=60, deadline=None, suppress_health_check=ONE_HOUSE)
@GRANTED
def test_no_door_ever_names_what_its_visitor_may_not_read(
    house: House, grants: list[tuple[str, str | None, set[str] | None]], opened: set[str]
) -> None:
    assert_nothing_hidden_is_named(house, grants, opened)


def assert_nothing_hidden_is_named(
    house: House, grants: list[tuple[str, str | None, set[str] | None]], opened: set[str]
) -> None:
    name = f"u{len(house.accounts.people.all())}"
    for kind in KINDS:
        (house.accounts.openings.open if kind in opened else house.accounts.openings.close)(
            kind, by=BY
        )
    house.accounts.people.add(name, WORD, by=BY)
    for role, unit, kinds in grants:
        grant(house, name, role, unit=unit, kinds=kinds)
    for headers in (house.token(name), {}):
        token = headers.get("Authorization", "").removeprefix("Bearer ") or None
        visible = _names(house, token)
        for page in DOORS:
            text = house.pages.get(page, headers={**HTML, **headers}, follow_redirects=False).text
            assert set(NAMES.findall(text)) <= visible, page


def test_whoever_may_see_everything_does(house: House) -> None:
    """Else the test before would prove nothing."""
    headers = {**HTML, **house.token("chief")}
    layers, homes, grids = (
        set(NAMES.findall(house.pages.get(DOORS[number], headers=headers).text))
        for number in (1, 4, 6)
    )
    assert {"B0001", "G001", "河口社区", "河滨公园", "古塔", "主街", "7号楼"} <= layers
    assert {"B0001", "7号楼"} <= homes
    assert {"G001", "第1网格"} <= grids


def _names(house: House, token: str | None) -> set[str]:
    """Find every name and code that the store itself gives a visitor."""
    store = open_store(house.path)
    visitor = house.accounts.visitor(store.kinds, token=token)
    scope = Scope.nothing() if visitor is None else visitor.scope
    found: set[str] = set()
    for kind in store.kinds:
        if scope.allows(Verb.READ, kind) and store.count(kind):
            rows = store.read(kind, columns=["code", "name"], scope=scope)
            found |= set(rows["code"].dropna()) | set(rows["name"].dropna())
    store.close()
    return found


def _plain(headers: object) -> dict[str, str]:
    return {k: v for k, v in dict(headers).items() if k != "x-request-id"}  # type: ignore[call-overload]  # httpx's


def test_how_much_green_there_is_elsewhere_is_not_told(house: House) -> None:
    """Both parks lie in the west; who has the east is told of neither, though they count."""
    grant(house, "li", "viewer", unit="C2")
    wait = {"Prefer": "wait=60"}
    mine, rules = {**house.token("li"), **wait}, "baishan_slogan_300_500_1000"
    for name, more in (
        ("coverage", {}),
        ("gaps", {}),
        ("sites", {"k": 1}),
        ("scenario", {"green": ["K1"]}),
    ):
        inputs = {"rules": rules, "weight": "buildings", **more}
        asked = {"inputs": inputs, "outputs": {"run": {}}}
        path = f"/ogc/processes/{name}/execution"
        told = house.pages.post(path, json=asked, headers=mine)
        assert told.status_code == 200, told.text
        whole = house.pages.post(path, json=asked, headers={**house.token("chief"), **wait})
        assert set(re.findall(r'"targets":\s*(\d+)', told.text)) <= {"0"}, name
        if name in {"coverage", "gaps"}:
            assert max(map(int, re.findall(r'"targets":\s*(\d+)', whole.text))) > 0
        assert not set(re.findall(r'"nearest":\s*"([^"]+)"', told.text)), name
    for path in ("/maps/coverage", "/"):
        page = house.pages.get(path, headers={**HTML, **mine}).text
        assert "计入的绿地：2" not in page
    assert '<td class="gg-n">–</td>' in house.pages.get("/", headers={**HTML, **mine}).text
