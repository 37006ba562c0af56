"""The whole way of a kind of one's own, on both backends: file, import, map, export, history."""

import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import uvicorn
from playwright.sync_api import Page, expect

from api.app import create_app
from api.cli.main import run_command_line
from api.settings import Settings
from layers import Store
from layers.store import DIRECT
from tests.layers.store.own import EXAMPLES
from tests.layers.store.town import buildings, frame, territory, write

# West and south of the town's corner, in degrees.
LON, LAT = 126.0005, 41.9865

EQUIPMENT = f"""器材编号,器材名称,类型,完好情况,安装时间,使用年限（年）,管护单位,安装地点,经度,纬度
JS-001,漫步机一号,双人漫步机,正常,2021年5月1日,8,城南街道办事处,人民广场东侧,{LON},{LAT}
JS-002,,扭腰器,待维修,2019-08-15,8,城南街道办事处,人民广场东侧,{LON + 0.0006},{LAT}
JS-003,,乒乓球桌,完好,2023/10/20,10,河口社区,河滨公园,{LON + 0.0012},{LAT + 0.0004}
JS-004,,跑步机,完好,2023/10/20,10,河口社区,河滨公园,{LON + 0.0018},{LAT + 0.0004}
JS-005,,划船器,完好,2023/10/20,99,河口社区,河滨公园,{LON + 0.0018},{LAT + 0.0008}
"""


def square(lon: float, lat: float, size: float) -> dict[str, object]:
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def parking() -> str:
    rows = [
        ("P-1", "公共停车场", 120, "是", square(LON, LAT, 0.0008)),
        ("P-2", "路侧停车位", 18, "否", {"type": "Point", "coordinates": [LON + 0.002, LAT]}),
        ("P-3", "飞机库", 5, "否", square(LON + 0.002, LAT, 0.0002)),
        ("P-4", "小区停车场", -3, "否", square(LON + 0.003, LAT, 0.0002)),
    ]
    names = ("停车场编号", "停车场类型", "泊位数", "是否收费")
    features = [
        {"type": "Feature", "properties": dict(zip(names, row, strict=False)), "geometry": row[4]}
        for row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


@pytest.fixture
def greengrid(place: str | Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Type a command about the store; give what it printed."""

    def run(*arguments: object, code: int = 0) -> str:
        typed = ["--lang", "zh", *map(str, arguments), "--store", str(place)]
        capsys.readouterr()
        found = run_command_line(typed)
        printed = capsys.readouterr()
        assert found == code, printed
        return printed.out + printed.err

    return run


@contextmanager
def served(place: str | Path) -> Iterator[str]:
    settings = Settings(store=str(place), warm_up=False, public_title="测试区")
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=0, log_level="error")
    server, listener = uvicorn.Server(config), socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


def append_by_gdal(place: str | Path, layer: str, tmp_path: Path) -> None:
    """Add a feature as somebody does who has only GDAL's programs."""
    source = tmp_path / "theirs.geojson"
    point = {"type": "Point", "coordinates": [LON + 0.001, LAT]}
    properties = {"code": "THEIRS", "name": "外部添加"}
    feature = {"type": "Feature", "properties": properties, "geometry": point}
    source.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    command = ["ogr2ogr", "-update", "-append", "-t_srs", "EPSG:4490", "-nln", layer]
    subprocess.run([*command, str(place), str(source)], check=True, timeout=120)


@pytest.mark.browser
def test_fitness_equipment_from_its_file_to_the_map(
    store: Store,
    place: str | Path,
    greengrid: Callable[..., str],
    sound: Callable[[], None],
    page: Page,
    tmp_path: Path,
) -> None:
    territory(store)
    with served(place) as url:
        page.goto(f"{url}/maps/layers?lang=zh")  # before anybody has declared anything
        expect(page.locator(".gg-panel")).not_to_contain_text("健身器材")

        said = greengrid("kind", "add", EXAMPLES / "fitness_equipment.toml")
        assert "已添加类别 fitness_equipment（健身器材）" in said
        ledger = tmp_path / "健身器材台账.csv"
        ledger.write_text(EQUIPMENT, "utf-8")
        said = greengrid("import", "fitness_equipment", ledger, "--datum", "CGCS2000", code=1)
        assert "equipment_type: code_unknown" in said
        assert "service_life_years: above_maximum" in said

        page.goto(f"{url}/maps/layers?lang=zh")  # the same service, never started again
        page.wait_for_selector("html[data-gg-ready]", state="attached")
        expect(page.locator(".gg-panel")).to_contain_text("公共设施")
        expect(page.locator(".gg-panel")).to_contain_text("健身器材")
        assert "#56b4e9" in page.locator(".gg-panel").inner_html().lower()
        page.screenshot(path=str(tmp_path / "fitness.png"))

    found = store.read("fitness_equipment").set_index("code")
    assert found["equipment_type"].to_dict() == {
        "JS-001": "walker",
        "JS-002": "waist_twister",
        "JS-003": "table_tennis",
        "JS-005": "rower",
    }
    assert pd.isna(found.loc["JS-005", "service_life_years"])  # the value was left out, not the row
    assert found.loc["JS-002", "condition"] == "damaged"
    assert str(found.loc["JS-001", "installed_on"]) == "2021-05-01"
    assert store.territory("fitness_equipment")["district"].notna().all()

    append_by_gdal(place, "fitness_equipment", tmp_path)
    assert store.count("fitness_equipment") == 5
    last = store.changesets()[-1]
    assert (last.author, last.changes) == (DIRECT, {"fitness_equipment": {"insert": 1}})
    assert len(store.read("fitness_equipment", as_of=last.id - 1)) == 4
    sound()


def test_parking_places_from_their_file_to_exports(
    store: Store,
    greengrid: Callable[..., str],
    sound: Callable[[], None],
    tmp_path: Path,
) -> None:
    greengrid("kind", "add", EXAMPLES / "parking_place.toml")
    source = tmp_path / "停车.geojson"
    source.write_text(parking(), "utf-8")
    said = greengrid("import", "parking_place", source, "--datum", "CGCS2000", code=1)
    assert "parking_type: code_unknown" in said
    assert "spaces: below_minimum" in said
    files = {name: tmp_path / f"parking.{name}" for name in ("gpkg", "geojson", "xlsx")}
    for path in files.values():
        greengrid("export", "parking_place", path)
    for name in ("gpkg", "geojson"):
        again = gpd.read_file(files[name]).set_index("code")
        assert again["spaces"].dropna().to_dict() == {"P-1": 120, "P-2": 18}
        assert set(again.index) == {"P-1", "P-2", "P-4"}  # the last without its impossible number
        assert set(again.geom_type) == {"Polygon", "Point"}
    sheet = openpyxl.load_workbook(files["xlsx"]).worksheets[0]
    assert sheet.title == "停车场所"
    headings = [str(cell.value).strip("*") for cell in sheet[1]]
    table = pd.DataFrame(list(sheet.values)[2:], columns=headings)  # the second line explains
    assert table.set_index("编码")["停车场类型"].to_dict() == {
        "P-1": "公共停车场",
        "P-2": "路内泊位",
        "P-4": "小区停车场",
    }
    sound()


def test_a_rule_set_may_name_a_kind_of_one_s_own(
    store: Store, greengrid: Callable[..., str], tmp_path: Path
) -> None:
    greengrid("kind", "add", EXAMPLES / "fitness_equipment.toml")
    write(store, "building", frame(buildings((0, 0), (2000, 0))))
    places = frame({"JS-1": buildings((50, 50))["b1"].centroid}, equipment_type="walker")
    write(store, "fitness_equipment", places)
    rules = tmp_path / "fitness.toml"
    rules.write_text(
        'key = "fitness"\ntitle_zh = "健身设施"\ntitle_en = "Fitness"\n'
        '[[tier]]\nname = "near"\nname_zh = "器材"\nlayers = ["fitness_equipment"]\n'
        "radius_m = 300\n",
        "utf-8",
    )
    said = greengrid("coverage", "--rules", rules, "-o", tmp_path / "map.html")
    assert "1 / 2" in said
    assert "健身器材" in said
    assert "健身器材" in (tmp_path / "map.html").read_text("utf-8")


def test_what_came_before_a_field_can_be_taken_back_after_it(
    store: Store, greengrid: Callable[..., str], sound: Callable[[], None], tmp_path: Path
) -> None:
    declared = tmp_path / "fitness.toml"
    shipped = (EXAMPLES / "fitness_equipment.toml").read_text("utf-8")
    declared.write_text(shipped, "utf-8")
    greengrid("kind", "add", declared)
    points = {code: shape.centroid for code, shape in buildings((0, 0), (50, 0)).items()}
    uids = write(store, "fitness_equipment", frame(points, equipment_type="walker"))
    with store.change(author="tester", message="gone") as change:
        change.delete("fitness_equipment", [uids["b1"]])
    more = '[[field]]\nkey = "qr_code"\ntitle_zh = "二维码"\ntitle_en = "QR code"\n\n[[code_list]]'
    declared.write_text(shipped.replace("[[code_list]]", more, 1), "utf-8")
    assert "新字段：qr_code" in greengrid("kind", "add", declared)
    store.undo(2, author="tester")
    found = store.read("fitness_equipment").loc[uids["b1"]]
    assert found["equipment_type"] == "walker"
    assert pd.isna(found["qr_code"])
    sound()
