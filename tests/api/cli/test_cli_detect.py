"""A survey in the wrong datum, at the terminal: found out, explained, and imported as proposed."""

from pathlib import Path

import numpy as np
import pytest
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from gis.datum import convert_coordinates
from layers import open_store
from tests.api.cli.shell import Shell, fingerprint
from tests.layers.importing.detective.conftest import HELD, held
from tests.layers.importing.detective.towns import BAISHAN, make_town
from tests.layers.importing.zoo.sheets import write_csv


@pytest.fixture(scope="module")
def town() -> dict[str, GeoDataFrame]:
    return make_town(seed=1)


@pytest.fixture
def town_path(town: dict[str, GeoDataFrame], tmp_path: Path) -> Path:
    held(town, tmp_path / "town.gpkg", BAISHAN, [*HELD, "manhole_cover"]).close()
    return tmp_path / "town.gpkg"


def ledger(folder: Path, codes: list[str], numbers: NDArray[np.float64]) -> Path:
    rows = [[code, *xy] for code, xy in zip(codes, numbers.tolist(), strict=True)]
    return write_csv(folder / "covers.csv", [["编号", "经度", "纬度"], *rows])


def mixed(town: dict[str, GeoDataFrame]) -> NDArray[np.float64]:
    """Write all in GCJ-02, three in BD-09 and one with its coordinates swapped."""
    true = town["manhole_cover"].get_coordinates().to_numpy()
    numbers = convert_coordinates(true, "WGS84", "GCJ-02")
    numbers[[3, 50, 51]] = convert_coordinates(true[[3, 50, 51]], "WGS84", "BD-09")
    numbers[7] = numbers[7, ::-1]
    return numbers


def test_what_is_proposed_can_be_typed(
    greengrid: Shell, town: dict[str, GeoDataFrame], town_path: Path, tmp_path: Path
) -> None:
    """The proposal, taken at its word, brings every row to within two metres of where it is."""
    covers = town["manhole_cover"]
    file = ledger(tmp_path, list(covers["code"]), mixed(town))
    asked = ("detect", file, "--store", town_path, "--kind", "manhole_cover", "--key", "编号")
    found = greengrid(*asked, "--json", code=1).document
    assert (found["verdict"], found["proposal"]["datum"]) == ("clear", "GCJ-02")
    assert [(odd["datum"], odd["rows"]) for odd in found["odd"]] == [
        ("BD-09", [5, "52-53"]),
        ("GCJ-02", [9]),
    ]
    (tmp_path / "odd.toml").write_text(found["proposal"]["mapping"], encoding="utf-8")
    greengrid(
        "import", "manhole_cover", file, "--store", town_path, "--key", "编号", "--strict",
        "--datum", found["proposal"]["datum"], "--mapping", tmp_path / "odd.toml",
    )  # fmt: skip
    store = open_store(town_path)
    stored = store.read("manhole_cover").set_index("code").to_crs(BAISHAN.metric)
    true = covers.set_index("code").to_crs(BAISHAN.metric)
    assert stored.distance(true.reindex(stored.index)).max() < 2
    store.close()


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("看来是 GCJ-02", "3 行与其余的行不同", "--datum GCJ-02", '"BD-09" = [5, "52-53"]')),
        ("en", ("It looks like GCJ-02", "3 rows are unlike", "--datum GCJ-02", "swapped = [9]")),
    ],
)
def test_it_is_said_in_words(
    greengrid: Shell,
    town: dict[str, GeoDataFrame],
    town_path: Path,
    tmp_path: Path,
    lang: str,
    words: tuple[str, ...],
) -> None:
    file = ledger(tmp_path, list(town["manhole_cover"]["code"]), mixed(town))
    before = fingerprint(town_path)
    said = greengrid(
        "detect", file, "--store", town_path, "--kind", "manhole_cover", code=1, lang=lang
    )
    assert all(word in said.out for word in words), said.out
    assert fingerprint(town_path) == before


def test_an_import_says_that_another_datum_fits_better(
    greengrid: Shell, town: dict[str, GeoDataFrame], town_path: Path, tmp_path: Path
) -> None:
    true = town["manhole_cover"].get_coordinates().to_numpy()
    shifted = convert_coordinates(true, "WGS84", "GCJ-02")
    codes = [f"neu-{n}" for n in range(len(true))]
    file = ledger(tmp_path, codes, shifted)
    line = ("import", "manhole_cover", file, "--store", town_path, "--key", "编号", "--datum")
    before = fingerprint(town_path)
    said = greengrid(*line, "WGS84", "--strict", code=3)
    assert "fit GCJ-02" in said.out
    assert "to the ENE" in said.out
    assert "doubtful" in said.out
    assert fingerprint(town_path) == before
    remarks = greengrid(*line, "WGS84", "--dry-run", "--json").document["remarks"]
    assert "datum_doubtful" in {remark["code"] for remark in remarks}
    remarks = greengrid(*line, "GCJ-02", "--strict", "--json").document["remarks"]
    assert {remark["code"] for remark in remarks} == {"encoding_detected"}


def test_a_label_that_is_wrong_may_be_ignored(
    greengrid: Shell, town: dict[str, GeoDataFrame], town_path: Path, tmp_path: Path
) -> None:
    """Metres of zone 42 that call themselves degrees of WGS84."""
    metric = town["manhole_cover"].to_crs(4551)
    wrong = metric.set_crs(4326, allow_override=True)
    wrong.to_file(tmp_path / "covers.gpkg", layer="covers")
    asked = ("detect", tmp_path / "covers.gpkg", "--store", town_path, "--kind", "manhole_cover")
    proposal = greengrid(*asked, "--json", code=1).document["proposal"]
    assert proposal["datum"] == "EPSG:4551"
    assert "ignore_label = true" in proposal["mapping"]
    (tmp_path / "label.toml").write_text(proposal["mapping"], encoding="utf-8")
    line = ("import", "manhole_cover", tmp_path / "covers.gpkg", "--store", town_path)
    again = greengrid(
        *line, "--key", "code", "--datum", "EPSG:4551", "--mapping", tmp_path / "label.toml",
        "--json",
    ).document  # fmt: skip
    assert (again["rejected"], again["added"], again["notes"]["label_ignored"]) == (0, 0, 300)


def test_an_unknown_file_is_refused_in_one_line(greengrid: Shell, town_path: Path) -> None:
    said = greengrid("detect", "nowhere.csv", "--store", town_path, code=3)
    assert said.out == ""
    assert "nowhere.csv" in said.err
