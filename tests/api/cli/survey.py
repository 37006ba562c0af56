"""Small files, good and bad, as somebody might hand them over."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely
from geopandas import GeoDataFrame

from tests.api.conftest import CRS_METRIC, SOUTH, WEST

RULES = """
title_zh = "300 米见绿"
title_en = "Green within 300 m"

[[tier]]
name = "green"
name_zh = "见绿"
layers = ["green_space"]
radius_m = 300
"""


def square(column: int, *, side_m: float = 40.0) -> shapely.Polygon:
    """Give a plot in metres, one of a row of plots."""
    x, y = WEST + 60.0 * column, SOUTH + 60.0
    return shapely.box(x, y, x + side_m, y + side_m)


def plots(codes: Sequence[str | None], shapes: Sequence[object] | None = None) -> GeoDataFrame:
    """Lay plots of bare land side by side, in degrees."""
    laid = [square(column) for column in range(len(codes))] if shapes is None else shapes
    frame = GeoDataFrame({"code": list(codes)}, geometry=list(laid), crs=CRS_METRIC)
    return frame.to_crs("EPSG:4490")


def write_good(folder: Path) -> None:
    """Write files that every door lets in."""
    good = plots(["K10", "K11", "K12"])
    good.to_file(folder / "good.gpkg", layer="plots")
    # GeoJSON says WGS84 whatever its numbers are; those of CGCS2000 are the same ones.
    good.set_crs(4326, allow_override=True).to_file(folder / "good.geojson", driver="GeoJSON")
    good.to_crs(CRS_METRIC).to_file(folder / "metric.gpkg", layer="plots")
    (folder / "rules.toml").write_text(RULES, encoding="utf-8")


def write_bad_files(folder: Path) -> None:
    """Write files that must be refused whole."""
    good = plots(["K10", "K11", "K12"])
    for layer in ("plots", "more"):
        good.to_file(folder / "two.gpkg", layer=layer)
    good.iloc[:0].to_file(folder / "none.gpkg", layer="plots")
    good.drop(columns="code").to_file(folder / "nameless.gpkg", layer="plots")
    metric = good.to_crs(CRS_METRIC).set_crs(None, allow_override=True)
    _write_without_crs(metric, folder / "metres.csv")
    _write_without_crs(good, folder / "degrees.csv")
    (folder / "list.csv").write_text("code,owner\nK10,A\n", encoding="utf-8")
    (folder / "wkt.toml").write_text('[source]\nwkt = "wkt"\n', encoding="utf-8")
    (folder / "noise.gpkg").write_bytes(bytes(range(256)) * 40)
    (folder / "half.geojson").write_text('{"type": "FeatureCollection", "features": [{"ty')
    (folder / "folder.gpkg").mkdir()
    (folder / "void.geojson").write_bytes(b"")
    (folder / "fake.xlsx").write_bytes(b"no workbook")
    (folder / "typo.toml").write_text('[colunms]\nname = "code"\n', encoding="utf-8")
    (folder / "broken.toml").write_text("[columns\n", encoding="utf-8")
    (folder / "noise.toml").write_bytes(b"\xff\xfe\x00[")


def _write_without_crs(frame: GeoDataFrame, path: Path) -> None:
    table = pd.DataFrame({"code": frame["code"], "wkt": frame.geometry.to_wkt()})
    table.to_csv(path, index=False)


def write_bad_stores(folder: Path, good: Path) -> None:
    """Write what somebody may take for a store."""
    content = good.read_bytes()
    (folder / "cut.gpkg").write_bytes(content[: len(content) // 3])
    (folder / "text.gpkg").write_text("not a database, but long enough to be read as one " * 4)
    (folder / "nothing.gpkg").write_bytes(b"")
    plots(["K1"]).to_file(folder / "other.gpkg", layer="plots")
    with closing(sqlite3.connect(folder / "plain.db")) as database, database:
        database.execute("CREATE TABLE t (x)")
    newer = folder / "newer.gpkg"
    newer.write_bytes(content)
    with closing(sqlite3.connect(newer)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999_future'")


RULE_FAULTS = {
    "syntax.toml": "[[tier]\nname = 3",
    "radius.toml": RULES.replace("radius_m", "radius"),
    "type.toml": RULES.replace("300\n", '"far"\n'),
    "tierless.toml": 'title_zh = "空"\ntitle_en = "empty"\n',
    "layer.toml": RULES.replace('["green_space"]', '["green_spaces"]'),
    "flat.toml": RULES.replace('["green_space"]', '["adopter"]'),
    "walk.toml": RULES + 'distance = "walk"\n',
    "negative.toml": RULES.replace("= 300", "= -5"),
    "nan.toml": RULES.replace("= 300", "= nan"),
    "access.toml": RULES + 'access = ["publik"]\n',
}


def write_rule_faults(folder: Path) -> None:
    for name, text in RULE_FAULTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "binary.toml").write_bytes(b"\xff\xfe\x00[[tier]]")


def read_layer(path: Path, layer: str) -> GeoDataFrame:
    return gpd.read_file(path, layer=layer)


def layers_of(path: Path) -> set[str]:
    return {str(name) for name, _ in pyogrio.list_layers(path)}
