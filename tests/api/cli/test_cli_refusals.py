"""Whatever is wrong with a command: a sentence in the user's language, and nothing touched."""

import socket
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from api.texts import Lang
from tests.api.cli.shell import ENGLISH, Shell, fingerprint, names_in, sentence
from tests.api.cli.survey import write_bad_files, write_bad_stores, write_good, write_rule_faults

USAGE, DATA = 2, 3
IMPORT = "import bare_land"
HERE = "--store city.gpkg"
DATUM = f"{HERE} --datum CGCS2000"
COVER = f"coverage {HERE} --rules"
FAR = "coverage --rules who_2016 --store"

# What is typed, the code of the refusal, the exit code, and what the sentence must name.
Refusal = tuple[str, str, int, tuple[str, ...]]

IMPORTS: list[Refusal] = [
    (f"import bare_lands good.gpkg {DATUM}", "unknown_kind", USAGE, ("bare_lands", "bare_land")),
    (f"{IMPORT} gone.gpkg {DATUM}", "source_missing", DATA, ("gone.gpkg",)),
    (f"{IMPORT} folder.gpkg {DATUM}", "source_unreadable", DATA, ("folder.gpkg",)),
    (f"{IMPORT} noise.gpkg {DATUM}", "source_unreadable", DATA, ("noise.gpkg",)),
    (f"{IMPORT} half.geojson {DATUM}", "source_unreadable", DATA, ("half.geojson",)),
    (f"{IMPORT} void.geojson {DATUM}", "source_unreadable", DATA, ("void.geojson",)),
    (f"{IMPORT} fake.xlsx {DATUM}", "source_unreadable", DATA, ("fake.xlsx",)),
    (f"{IMPORT} none.gpkg {DATUM}", "source_empty", DATA, ("none.gpkg", "plots")),
    (f"{IMPORT} two.gpkg {DATUM}", "source_layer_not_chosen", USAGE, ("plots", "more", "--layer")),
    (f"{IMPORT} two.gpkg --layer plotz {DATUM}", "source_layer_missing", USAGE, ("plotz", "more")),
    (f"{IMPORT} list.csv {DATUM}", "source_without_places", DATA, ("list.csv", "owner")),
    (f"{IMPORT} good.gpkg {HERE}", "datum_not_declared", USAGE, ("--datum", "GCJ-02")),
    (f"{IMPORT} good.gpkg {HERE} --datum WGS85", "datum_not_known", USAGE, ("WGS85", "WGS84")),
    (f"{IMPORT} good.gpkg {HERE} --datum EPSG:999999", "datum_not_known", USAGE, ("EPSG:999999",)),
    (f"{IMPORT} metric.gpkg {HERE} --datum WGS84", "datum_contradiction", DATA, ("EPSG:4551", "WGS84")),
    (
        f"{IMPORT} metres.csv --mapping wkt.toml {HERE} --datum WGS84",
        "datum_not_degrees", DATA, ("WGS84", "EPSG:"),
    ),
    (
        f"{IMPORT} degrees.csv --mapping wkt.toml {HERE} --datum EPSG:4551",
        "datum_not_projected", DATA, ("EPSG:4551",),
    ),
    (f"{IMPORT} good.gpkg {DATUM} --key id", "mapping_column", USAGE, ("key", "id", "code")),
    (f"{IMPORT} good.gpkg {DATUM} --map nam=code", "mapping_field", USAGE, ("nam", "name")),
    (f"{IMPORT} good.gpkg {DATUM} --map name=cod", "mapping_column", USAGE, ("cod", "code")),
    (f"{IMPORT} good.gpkg {DATUM} --map name", "parameter_invalid", USAGE, ("--map", "FIELD=")),
    (f"{IMPORT} good.gpkg {DATUM} --set =3", "parameter_invalid", USAGE, ("--set", "=3")),
    (f"{IMPORT} good.gpkg {DATUM} --set nope=1", "mapping_field", USAGE, ("nope",)),
    (f"{IMPORT} good.gpkg {DATUM} --set status=lush", "mapping_value", USAGE, ("lush", "planned")),
    (f"{IMPORT} good.gpkg {DATUM} --where code=", "where_syntax", USAGE, ("code=",)),
    (f"{IMPORT} good.gpkg {DATUM} --where cod=1", "where_column", USAGE, ("cod", "code")),
    (f"{IMPORT} good.gpkg {DATUM} --mapping typo.toml", "mapping_unknown_key", USAGE, ("typo.toml", "colunms", "columns")),
    (f"{IMPORT} good.gpkg {DATUM} --mapping gone.toml", "mapping_unreadable", USAGE, ("gone.toml",)),
    (f"{IMPORT} good.gpkg {DATUM} --mapping broken.toml", "mapping_unreadable", USAGE, ("line 1",)),
    (f"{IMPORT} good.gpkg {DATUM} --mapping noise.toml", "mapping_unreadable", USAGE, ("UTF-8",)),
]  # fmt: skip

RULES: list[Refusal] = [
    (f"{COVER} who_2061", "preset_unknown", USAGE, ("who_2061", "who_2016", ".toml")),
    (f"{COVER} gone.toml", "file_missing", USAGE, ("gone.toml",)),
    (f"{COVER} syntax.toml", "rule_syntax", USAGE, ("1:",)),
    (f"{COVER} binary.toml", "file_unusable", DATA, ("binary.toml", "UTF-8")),
    (f"{COVER} radius.toml", "rule_unknown_key", USAGE, ("tier[1].radius", "radius_m")),
    (f"{COVER} type.toml", "rule_type", USAGE, ("tier[1].radius_m", "far")),
    (f"{COVER} tierless.toml", "rule_missing_key", USAGE, ("tier",)),
    (f"{COVER} layer.toml", "rule_value", USAGE, ("tier[1].layers[1]", "green_spaces", "green_space")),
    (f"{COVER} flat.toml", "rule_value", USAGE, ("tier[1].layers[1]", "adopter")),
    (f"gaps {HERE} --rules layer.toml", "rule_value", USAGE, ("tier[1].layers[1]",)),
    (f"{COVER} negative.toml", "rule_value", USAGE, ("-5", "(0, ∞)")),
    (f"{COVER} nan.toml", "rule_value", USAGE, ("nan",)),
    (f"{COVER} access.toml", "rule_value", USAGE, ("publik", "public")),
    (f"{COVER} walk.toml", "analysis_input_missing", DATA, ("walkway",)),
    (f"{COVER} walk.toml --network building", "analysis_input_missing", DATA, ("building", "road")),
    (f"{COVER} walk.toml --network path", "unknown_kind", USAGE, ("path", "walkway")),
    (f"{COVER} walk.toml --max-snap -3", "parameter_invalid", USAGE, ("--max-snap", "-3")),
    (f"{COVER} who_2016 --distance fly", "parameter_invalid", USAGE, ("--distance", "walk")),
    (f"{COVER} walk.toml --weight area", "not_supported", USAGE, ("walk", "area")),
]  # fmt: skip

QUESTIONS: list[Refusal] = [
    (f"{COVER} who_2016 --on yesterday", "parameter_invalid", USAGE, ("--on", "YYYY-MM-DD")),
    (f"{COVER} who_2016 --on 2026-02-30", "parameter_invalid", USAGE, ("2026-02-30",)),
    (f"{COVER} who_2016 --as-of soon", "parameter_invalid", USAGE, ("--as-of", "soon")),
    (f"{COVER} who_2016 --as-of 99", "changeset_unknown", USAGE, ("99", "1")),
    (f"{COVER} who_2016 --weight trees", "parameter_invalid", USAGE, ("--weight", "households")),
    (f"{COVER} who_2016 --by planet", "parameter_invalid", USAGE, ("--by", "community")),
    (f"{COVER} who_2016 --places buildings", "unknown_kind", USAGE, ("buildings", "building")),
    (f"{COVER} who_2016 --places adopter", "analysis_input_missing", DATA, ("adopter", "--places")),
    (f"{COVER} who_2016 --weight dwellings", "analysis_input_missing", DATA, ("building.dwellings",)),
    (f"{COVER} who_2016 --as-of 0", "analysis_input_missing", DATA, ("building", "greengrid import")),
    (f"{FAR} empty.gpkg", "analysis_input_missing", DATA, ("building", "greengrid import")),
    (f"{COVER} who_2016 -o out.pdf", "output_format_unknown", USAGE, (".pdf", ".html", ".xlsx")),
    (f"{COVER} who_2016 -o out", "output_format_unknown", USAGE, (".gpkg",)),
    (f"{COVER} who_2016 -o nowhere/out.csv", "folder_missing", USAGE, ("nowhere",)),
    (f"{COVER} who_2016 -o folder.gpkg", "file_unusable", DATA, ("folder.gpkg",)),
    (f"{COVER} who_2016 -o city.gpkg", "file_is_store", USAGE, ("city.gpkg",)),
    (f"gaps {HERE} --rules who_2016 -o empty.gpkg", "file_is_store", USAGE, ("empty.gpkg",)),
    (f"run abc {HERE}", "run_unknown", USAGE, ("abc",)),
    (f"run abc {HERE} --verify", "run_unknown", USAGE, ("abc",)),
    (f"export bare_lands out.gpkg {HERE}", "unknown_kind", USAGE, ("bare_land",)),
    (f"export bare_land out.pdf {HERE}", "export_format", USAGE, (".pdf", ".gpkg")),
    (f"export bare_land nowhere/out.csv {HERE}", "export_folder_missing", USAGE, ("nowhere",)),
    (f"export bare_land city.gpkg {HERE}", "export_onto_store", USAGE, ("city.gpkg",)),
    (f"export bare_land folder.gpkg {HERE}", "file_unusable", DATA, ("folder.gpkg",)),
    (f"export bare_land out.csv {HERE} --as-of 9", "changeset_unknown", USAGE, ("9",)),
    (f"export bare_land out.csv {HERE} --where cod=1", "filter_invalid", USAGE, ("cod", "code")),
]  # fmt: skip

# Sentences that quote, in its own language, what a library says of a file or a text.
QUOTED = {
    (code, typed)
    for typed, code, _, _ in [*IMPORTS, *RULES]
    if code in {"source_unreadable", "where_syntax", "rule_syntax"} or "broken.toml" in typed
}

STORES: list[Refusal] = [
    ("log", "store_not_chosen", USAGE, ("--store", "DATABASE_URL")),
    ("log --store gone.gpkg", "store_missing", DATA, ("gone.gpkg", "greengrid init")),
    ("log --store folder.gpkg", "not_a_store", DATA, ("folder.gpkg",)),
    (f"{FAR} other.gpkg", "not_a_store", DATA, ("other.gpkg", "GeoPackage", "greengrid import")),
    ("log --store plain.db", "not_a_store", DATA, ("plain.db",)),
    ("log --store text.gpkg", "not_a_store", DATA, ("text.gpkg",)),
    ("log --store nothing.gpkg", "not_a_store", DATA, ("nothing.gpkg",)),
    ("log --store newer.gpkg", "store_too_new", DATA, ("9999_future", "newer.gpkg")),
    ("serve --store newer.gpkg --port 0", "store_too_new", DATA, ("9999_future",)),
    ("log --store mysql://host/db", "backend_unsupported", USAGE, ("postgresql", "sqlite")),
    ("log --store nonsense://", "backend_unsupported", USAGE, ("nonsense",)),
    ("init city.gpkg --metric-crs EPSG:4551", "store_exists", USAGE, ("city.gpkg",)),
    ("init good.gpkg --metric-crs EPSG:4551", "store_exists", USAGE, ("good.gpkg",)),
    ("init nowhere/new.gpkg --metric-crs EPSG:4551", "folder_missing", USAGE, ("nowhere",)),
    ("init new.gpkg --metric-crs EPSG:3857", "metric_crs_unsuitable", USAGE, ("EPSG:3857",)),
    ("init new.gpkg --metric-crs EPSG:4326", "metric_crs_unsuitable", USAGE, ("EPSG:4326",)),
    ("init new.gpkg --metric-crs EPSG:2229", "metric_crs_unsuitable", USAGE, ("EPSG:2229",)),
    ("init new.gpkg --metric-crs EPSG:999999", "metric_crs_unsuitable", USAGE, ("EPSG:999999",)),
    ("init new.gpkg --metric-crs rubbish", "metric_crs_unsuitable", USAGE, ("rubbish",)),
    (
        "init new.gpkg --metric-crs EPSG:4551 --storage-crs EPSG:0",
        "storage_crs_unsuitable", USAGE, ("EPSG:0", "EPSG:4490"),
    ),
    (
        "init new.gpkg --metric-crs EPSG:4551 --storage-crs EPSG:4978",  # three axes
        "storage_crs_unsuitable", USAGE, ("EPSG:4978",),
    ),
    ("demo --store other.gpkg --port 0", "not_a_store", DATA, ("other.gpkg",)),
    ("demo --store text.gpkg --port 0", "not_a_store", DATA, ("text.gpkg",)),
    ("demo --store nowhere/demo.gpkg --port 0", "folder_missing", USAGE, ("nowhere",)),
    ("serve --store city.gpkg --host no.such.host.invalid", "address_unusable", USAGE, ("no.such.host.invalid",)),
]  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """A folder of files that no refusal may change: their names, and all rows of the store."""

    folder: Path
    names: frozenset[str]
    rows: str

    def assert_untouched(self) -> None:
        assert names_in(self.folder) == self.names
        assert fingerprint(self.folder / "city.gpkg") == self.rows


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, city_path: Path, empty_store: Path) -> Desk:
    """Lay every file on one desk; no test here may change anything on it."""
    folder = tmp_path_factory.mktemp("desk")
    write_good(folder)
    write_bad_files(folder)
    write_bad_stores(folder, city_path)
    write_rule_faults(folder)
    (folder / "city.gpkg").write_bytes(city_path.read_bytes())
    (folder / "empty.gpkg").write_bytes(empty_store.read_bytes())
    return Desk(folder, frozenset(names_in(folder)), fingerprint(folder / "city.gpkg"))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "refusal",
    [*IMPORTS, *RULES, *QUESTIONS, *STORES],
    ids=lambda refusal: refusal[0].replace(f" {HERE}", ""),
)
def test_a_refusal_says_what_and_touches_nothing(
    refusal: Refusal, lang: Lang, desk: Desk, greengrid: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed, code, exit_code, named = refusal
    monkeypatch.chdir(desk.folder)
    said = greengrid(*typed.split(), code=exit_code, lang=lang)
    desk.assert_untouched()
    assert said.out == ""
    assert sentence(f"errors.{code}", lang).match(said.err), said.err
    for name in named:
        assert name in said.err
    if lang == "zh" and (code, typed) not in QUOTED:
        assert not ENGLISH.search(said.err), said.err


def test_the_same_file_again_without_a_key_is_refused(
    store: Path, tmp_path: Path, greengrid: Shell
) -> None:
    write_good(tmp_path)
    typed = (
        "import",
        "wall_surface",
        tmp_path / "good.gpkg",
        "--store",
        store,
        "--datum",
        "CGCS2000",
    )
    nameless = ("--map", "name=code")
    greengrid(*typed, *nameless)
    before = fingerprint(store)
    said = greengrid(*typed, *nameless, code=USAGE, lang="zh")
    assert sentence("errors.already_imported", "zh").fullmatch(said.err)
    assert fingerprint(store) == before


@pytest.mark.parametrize("share", [0.2, 0.99])
@pytest.mark.parametrize("command", ["log", "coverage --rules who_2016"])
def test_a_truncated_store_is_refused(
    share: float, command: str, desk: Desk, tmp_path: Path, greengrid: Shell
) -> None:
    content = (desk.folder / "city.gpkg").read_bytes()
    cut = tmp_path / "cut.gpkg"
    cut.write_bytes(content[: int(len(content) * share)])
    said = greengrid(*command.split(), "--store", cut, code=DATA)
    assert "cut.gpkg" in said.err
    assert said.out == ""
    assert cut.stat().st_size == int(len(content) * share)


def test_a_store_with_a_damaged_layer_is_refused(
    desk: Desk, tmp_path: Path, greengrid: Shell
) -> None:
    damaged = tmp_path / "damaged.gpkg"
    content = bytearray((desk.folder / "city.gpkg").read_bytes())
    with closing(sqlite3.connect(desk.folder / "city.gpkg")) as database:
        (page_bytes,) = database.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'building'"
        (page,) = database.execute(query).fetchone()
    begin = (page - 1) * page_bytes
    content[begin : begin + page_bytes] = b"\xa5" * page_bytes
    damaged.write_bytes(content)
    said = greengrid("coverage", "--rules", "who_2016", "--store", damaged, code=DATA, lang="zh")
    assert sentence("errors.store_unusable", "zh").fullmatch(said.err)
    assert "备份" in said.err


def test_a_misspelt_setting_is_refused_before_anything_is_made(
    tmp_path: Path, greengrid: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENGRID_PORTT", "8000")
    for typed in (
        ("init", tmp_path / "new.gpkg", "--metric-crs", "EPSG:4551"),
        ("demo", "--store", tmp_path / "d.gpkg"),
    ):
        said = greengrid(*typed, code=USAGE, lang="zh")
        assert sentence("errors.setting_unknown", "zh").fullmatch(said.err)
        assert "GREENGRID_PORT？" in said.err
    assert names_in(tmp_path) == set()


def test_a_port_in_use_is_said_before_the_town_is_built(tmp_path: Path, greengrid: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = greengrid(
            "demo", "--store", tmp_path / "d.gpkg", "--port", port, code=USAGE, lang="zh"
        )
    assert sentence("errors.address_unusable", "zh").fullmatch(said.err)
    assert str(port) in said.err
    assert "端口已被别的程序占用" in said.err
    assert names_in(tmp_path) == set()
