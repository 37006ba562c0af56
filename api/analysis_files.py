"""Hotspots, crosswalks and matches as files, in the format that the file's name ends with."""

from pathlib import Path

from api import crosswalks, hotspots, matches
from api.export import map_options
from api.listing import note_sheet, write_csv
from api.maps.hotspots import hotspots_map
from api.maps.scene import GROUND_LOOKS
from api.tables import write_workbook
from api.texts import Texts
from layers import Store
from layers.analysis import Crosswalk, Hotspots, Match, adoptions_of, write_hotspot_layers

__all__ = [
    "HOTSPOT_FORMATS",
    "TABLE_FORMATS",
    "write_crosswalk",
    "write_hotspots",
    "write_match",
]

HOTSPOT_FORMATS = (".html", ".xlsx", ".gpkg", ".csv")
TABLE_FORMATS = (".xlsx", ".csv")


def write_hotspots(store: Store, made: Hotspots, path: Path, texts: Texts) -> None:
    """Write a map, a workbook, a layer or a table."""
    run = made.run
    match path.suffix.lower():
        case ".html":
            moment = {"as_of": run.parameters["as_of"], "on": run.evaluated_on}
            ground = {key: store.read(key, columns=["code"], **moment) for key in GROUND_LOOKS}
            page = hotspots_map(made, ground, map_options(store, texts)).finish().html
            path.write_text(page, encoding="utf-8")
        case ".xlsx":
            notes = note_sheet(hotspots.run_lines(run, store.kinds, texts), texts)
            write_workbook([hotspots.unit_table(run, texts), notes], path)
        case ".gpkg":
            write_hotspot_layers(made, path)
        case _:
            write_csv([hotspots.unit_table(run, texts)], path)


def write_crosswalk(store: Store, made: Crosswalk, path: Path, texts: Texts) -> None:
    """Write a workbook with its account, or the figures as a table."""
    run, kinds = made.run, store.kinds
    units = crosswalks.unit_table(run, texts, kinds)
    if path.suffix.lower() == ".csv":
        write_csv([units], path)
        return
    sheets = [
        units,
        crosswalks.account_table(run, texts, kinds),
        crosswalks.undealt_table(run, texts, kinds),
        note_sheet(crosswalks.run_lines(run, texts, kinds), texts),
    ]
    write_workbook(sheets, path)


def write_match(made: Match, path: Path, texts: Texts) -> None:
    """Write a workbook whose first sheet comes back as applications, or the pairs as a table."""
    run = made.run
    if path.suffix.lower() == ".csv":
        write_csv([matches.pair_table(run, texts)], path)
        return
    sheets = [
        matches.adoption_table(adoptions_of(made), texts),
        matches.pair_table(run, texts),
        matches.plot_table(run, texts),
        matches.adopter_table(run, texts),
        note_sheet(matches.run_lines(run, texts), texts),
    ]
    write_workbook(sheets, path)
