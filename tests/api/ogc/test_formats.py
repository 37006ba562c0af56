"""Features as files: tables, workbooks and GeoPackages hold what the answer in GeoJSON holds."""

from io import BytesIO
from pathlib import Path

import geopandas
import openpyxl
import pandas as pd
import pytest
from starlette.testclient import TestClient

from layers.kinds import KINDS

ITEMS = "/ogc/collections/building/items"
CRS = "http://www.opengis.net/def/crs/EPSG/0/4551"


def test_a_table_holds_what_was_asked_for(pages: TestClient) -> None:
    asked = {"filter": "households > 8", "sortby": "-population,code"}
    told = pages.get(ITEMS, params=asked).json()["features"]
    answer = pages.get(ITEMS, params={**asked, "f": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "filename*=UTF-8''%E6%A5%BC%E6%A0%8B.csv" in answer.headers["content-disposition"]
    assert answer.headers["ogc-numbermatched"] == str(len(told))
    assert answer.content.startswith(b"\xef\xbb\xbf")  # or Excel takes it for another encoding
    table = pd.read_csv(BytesIO(answer.content))
    assert table["uid"].tolist() == [one["id"] for one in told]
    assert table["population"].tolist() == [one["properties"]["population"] for one in told]


def test_a_file_leads_to_the_rest_of_it(pages: TestClient) -> None:
    first = pages.get(ITEMS, params={"f": "csv", "limit": 60})
    assert first.headers["ogc-numberreturned"] == "60"
    following = first.links["next"]["url"]
    rest = pages.get(following)
    uids = [row for part in (first, rest) for row in pd.read_csv(BytesIO(part.content))["uid"]]
    assert len(set(uids)) == len(uids) == 96
    assert "next" not in rest.links


def test_a_workbook_can_be_edited_and_imported(pages: TestClient) -> None:
    answer = pages.get(ITEMS, params={"f": "xlsx", "limit": 5, "sortby": "-code"})
    book = openpyxl.load_workbook(BytesIO(answer.content))
    sheet = book[KINDS["building"].title_zh]
    headings = [cell.value for cell in sheet[1]]
    assert {"编码", "唯一标识", "版本"} <= {str(heading).lstrip("*") for heading in headings}
    codes = [row[headings.index("编码")].value for row in sheet.iter_rows(min_row=3)]
    assert codes[:5] == ["B0095", "B0094", "B0093", "B0092", "B0091"]


@pytest.mark.parametrize(("crs", "number"), [(None, 4326), (CRS, 4551)])
def test_a_geopackage_names_its_system(
    pages: TestClient, tmp_path: Path, crs: str | None, number: int
) -> None:
    given = {"f": "gpkg"} if crs is None else {"f": "gpkg", "crs": crs}
    path = tmp_path / "homes.gpkg"
    path.write_bytes(pages.get(ITEMS, params=given).content)
    found = geopandas.read_file(path, layer="building")
    assert len(found) == 96
    assert found.crs.to_epsg() == number
    assert found.to_crs(4551).area.median() == pytest.approx(168, rel=1e-3)


def test_what_a_format_cannot_say_is_refused(pages: TestClient) -> None:
    for name in ("csv", "xlsx"):
        assert pages.get(ITEMS, params={"f": name, "crs": CRS}).status_code == 400
