"""Two states compared, changes taken back, layers brought back: tables, documents and files."""

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from playwright.sync_api import Page, expect
from shapely import affinity

from layers import open_store
from tests.api.cli.shell import Shell, fingerprint, names_in

USAGE, DATA = 2, 3
FORMULA = "=HYPERLINK('http://x')"
MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture
def changed(store: Path) -> Path:
    """Record a second changeset upon the small city's first."""
    opened = open_store(store)
    greens = opened.read("green_space").reset_index().set_index("code")
    spots = opened.read("scenic_spot")
    with opened.change(author="周", message="春季复核") as change:
        rows = {"name": [FORMULA], "access": ["restricted"], "surveyed_on": [dt.date(2026, 4, 1)]}
        change.update("green_space", pd.DataFrame(rows, index=[greens.loc["P2", "uid"]]))
        spots = spots.set_geometry([affinity.translate(spots.geometry.iloc[0], xoff=0.001)],
                                   crs=4490)  # fmt: skip
        change.update("scenic_spot", spots[["geometry"]])
        change.delete("bare_land", list(opened.read("bare_land").index))
        change.insert("adopter", pd.DataFrame({"code": ["007"], "name": [MARKUP]}))
    opened.close()
    return store


def feature_of(document: Any, kind: str) -> Any:
    (found,) = [each for each in document["changes"] if each["kind"] == kind]
    return found


def test_a_document_of_differences(changed: Path, greengrid: Shell) -> None:
    document = greengrid("diff", "1", "--store", changed, "--json").document
    assert (document["since"], document["until"]) == (1, 2)
    assert document["counts"] == {
        "green_space": {"changed": 1}, "scenic_spot": {"changed": 1},
        "bare_land": {"removed": 1}, "adopter": {"added": 1},
    }  # fmt: skip
    green = feature_of(document, "green_space")
    assert (green["code"], green["change"], green["moved"]) == ("P2", "changed", False)
    assert green["fields"] == {
        "name": {"before": "河滨公园", "after": FORMULA},
        "access": {"before": "public", "after": "restricted"},
        "surveyed_on": {"before": None, "after": "2026-04-01"},
    }
    assert "geometry_before" not in green
    spot = feature_of(document, "scenic_spot")
    assert spot["moved"]
    assert spot["geometry_before"].startswith("POINT")
    assert spot["geometry_before"] != spot["geometry_after"]
    assert feature_of(document, "bare_land")["geometry_after"] is None
    back = greengrid("diff", "2", "1", "--store", changed, "--json").document
    assert back["counts"]["adopter"] == {"removed": 1}


def test_a_table_of_differences_in_both_languages(changed: Path, greengrid: Shell) -> None:
    zh = greengrid("diff", "1", "2", "--store", changed, lang="zh").out
    assert "第 1 号变更之后 → 第 2 号变更之后" in zh
    assert "开放程度 对外开放 → 有条件开放" in zh
    assert f"河滨公园 → {FORMULA}" in zh
    assert "图形或位置改变" in zh
    en = greengrid("diff", "1", "2", "--store", changed).out
    assert "shape or place changed" in en
    only = greengrid("diff", "1", "--kind", "adopter", "--store", changed).out
    assert "007" in only
    assert "P2" not in only
    assert "Nothing differs" in greengrid("diff", "2", "--store", changed).out


def test_the_list_is_bounded_and_says_so(store: Path, greengrid: Shell) -> None:
    opened = open_store(store)
    with opened.change(author="x", message="") as change:
        change.insert("adopter", pd.DataFrame({"code": [f"A{n:03}" for n in range(60)]}))
    said = greengrid("diff", "1", "--store", store).out
    assert "A049" in said
    assert "A050" not in said
    assert "10 more features" in said


def test_a_geopackage_of_differences(changed: Path, greengrid: Shell, tmp_path: Path) -> None:
    path = tmp_path / "out" / "diff.gpkg"
    path.parent.mkdir()
    said = greengrid("diff", "1", "--store", changed, "-o", path, "--json")
    assert said.document["until"] == 2
    assert names_in(path.parent) == {"diff.gpkg"}
    layers = dict(pyogrio.list_layers(path))
    assert layers == {
        "green_space": "MultiPolygon", "green_space_before": "MultiPolygon",
        "scenic_spot": "Unknown", "scenic_spot_before": "Unknown",
        "bare_land": "MultiPolygon", "bare_land_before": "MultiPolygon",
        "adopter": None, "summary": None,
    }  # fmt: skip
    opened = open_store(changed)
    was, became = (opened.read("scenic_spot", as_of=n) for n in (1, 2))
    spot = gpd.read_file(path, layer="scenic_spot").iloc[0]
    before = gpd.read_file(path, layer="scenic_spot_before").iloc[0]
    assert (spot["change"], bool(spot["moved"]), spot["since"], spot["until"]) == (
        "changed", True, 1, 2,
    )  # fmt: skip
    assert spot["uid"] == before["uid"] == was.index[0]
    assert spot.geometry.equals(became.geometry.iloc[0])
    assert before.geometry.equals(was.geometry.iloc[0])
    green = gpd.read_file(path, layer="green_space").iloc[0]
    assert green["changed_fields"] == "name;access;surveyed_on"
    assert pd.Timestamp(green["surveyed_on"]).date() == dt.date(2026, 4, 1)
    dates = dict(zip(*(pyogrio.read_info(path, layer="green_space")[each]
                       for each in ("fields", "ogr_types")), strict=True))  # fmt: skip
    assert dates["surveyed_on"] == "OFTDate"
    summary = pyogrio.read_dataframe(path, layer="summary")
    assert summary["features"].sum() == 4
    nothing = tmp_path / "nothing.gpkg"
    greengrid("diff", "2", "--store", changed, "-o", nothing)
    assert pyogrio.read_dataframe(nothing, layer="summary").empty


def test_a_workbook_of_differences(changed: Path, greengrid: Shell, tmp_path: Path) -> None:
    path = tmp_path / "diff.xlsx"
    greengrid("diff", "1", "--store", changed, "-o", path, lang="zh")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["绿地", "景点", "裸露土地", "认养主体", "说明"]
    rows = list(book["绿地"].iter_rows(values_only=True))
    assert rows[0] == ("变化", "编码", "名称", "字段", "原值", "现值", "唯一标识")
    assert [row[:6] for row in rows[2:]] == [
        ("修改", "P2", FORMULA, "名称", "河滨公园", FORMULA),
        ("修改", "P2", FORMULA, "开放程度", "对外开放", "有条件开放"),
        ("修改", "P2", FORMULA, "调查日期", None, "2026-04-01"),
    ]
    risky = book["绿地"]["F3"]
    assert (risky.value, risky.data_type) == (FORMULA, "s"), "a text, not a formula"
    assert risky.quotePrefix, "and still one after somebody has edited the cell"
    code = book["认养主体"]["B3"]
    assert (code.value, code.data_type, code.number_format) == ("007", "s", "@")
    notes = dict(row[:2] for row in book["说明"].iter_rows(min_row=2, values_only=True))
    assert notes["绿地"] == "修改 1"
    assert "春季复核" in notes["第 2 号变更之后"]


@pytest.mark.browser
@pytest.mark.parametrize(
    ("lang", "title", "words"),
    [("zh", "变更对比", "对外开放 → 有条件开放"), ("en", "Differences", "河滨公园 → ")],
)
def test_a_map_of_differences(
    changed: Path,
    greengrid: Shell,
    tmp_path: Path,
    page: Page,
    *,
    lang: str,
    title: str,
    words: str,
) -> None:
    path = tmp_path / "diff.html"
    greengrid("diff", "1", "--store", changed, "-o", path, lang=lang)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.context.set_offline(True)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-gg-ready]", state="attached")
    expect(page.locator("h1")).to_have_text(title)
    toggles = [
        each.get_attribute("data-gg-toggle") for each in page.locator("[data-gg-toggle]").all()
    ]
    assert toggles == [
        "green_space-changed", "scenic_spot-changed", "scenic_spot-before", "bare_land-removed",
    ]  # fmt: skip
    said = " ".join(page.evaluate(SAY_EVERYTHING))
    assert words in said
    assert FORMULA in said
    assert complaints == []


# Click every feature that can be clicked; give what it says.
SAY_EVERYTHING = """() => {
  const map = greengrid.maps[0];
  const said = [];
  for (const group of map.ggLayers) {
    for (const shape of Object.values(group.ggFeatures)) {
      const latlng = shape.getBounds ? shape.getBounds().getCenter() : shape.getLatLng();
      shape.fire('click', { latlng }, true);
      const box = [...document.querySelectorAll('.gg-popup')].pop();
      if (box) said.push(box.textContent);
      map.closePopup();
    }
  }
  return said;
}"""


def test_a_changeset_is_taken_back_from_the_command_line(changed: Path, greengrid: Shell) -> None:
    before = fingerprint(changed)
    planned = greengrid("undo", "2", "--dry-run", "--store", changed, "--json").document
    assert (planned["changeset"], planned["undone"]) == (None, 2)
    assert fingerprint(changed) == before
    assert "Nothing was written" in greengrid("undo", "2", "--dry-run", "--store", changed).out
    done = greengrid("undo", "2", "--store", changed, "--author", "周", "--json").document
    assert (done["changeset"], done["changes"]) == (3, planned["changes"])
    last = greengrid("log", "--store", changed, "--json").document[0]
    assert (last["author"], last["cause"], last["message"]) == (
        "周",
        "correction",
        "Undo changeset 2",
    )
    assert greengrid("diff", "1", "--store", changed, "--json").document["changes"] == []
    refused = greengrid("undo", "2", "--store", changed, code=DATA).err
    assert "green_space P2 (#3)" in refused
    assert "第 2 号变更" in greengrid("undo", "2", "--store", changed, code=DATA, lang="zh").err
    assert "0" in greengrid("undo", "0", "--store", changed, code=USAGE).err
    assert "changeset 4" in greengrid("undo", "3", "--store", changed).out


def test_a_deleted_layer_is_brought_back(changed: Path, greengrid: Shell) -> None:
    store = open_store(changed)
    was = store.read("bare_land", as_of=1)
    asked = ("restore", "bare_land", "adopter", "--store", changed, "--as-of", "1")
    assert "removed" in greengrid(*asked, "--dry-run").out
    assert store.changeset_at() == 2
    done = greengrid(*asked, "--message", "误删", "--json").document
    assert (done["changeset"], done["restored"]) == (3, 1)
    assert done["counts"] == {"bare_land": {"added": 1}, "adopter": {"removed": 1}}
    pd.testing.assert_frame_equal(store.read("bare_land"), was)
    assert store.changesets()[-1].message == "误删"
    assert "what they were then" in greengrid(*asked).out
    assert store.changeset_at() == 3


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("diff", "9"), USAGE),
        (("diff", "yesterday"), USAGE),
        (("diff", "1", "--kind", "buildings"), USAGE),
        (("diff", "1", "-o", "x.pdf"), USAGE),
        (("restore", "buildings", "--as-of", "1"), USAGE),
        (("restore", "building", "--as-of", "9"), USAGE),
        (("restore", "building"), USAGE),
        (("undo", "one"), USAGE),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    store: Path, greengrid: Shell, typed: tuple[str, ...], code: int
) -> None:
    before = fingerprint(store)
    said = greengrid(*typed, "--store", store, code=code)
    assert said.err
    assert said.out == ""
    assert fingerprint(store) == before
