"""Chosen plots as files: a map that works offline, a workbook, layers for a desktop GIS, CSV."""

from pathlib import Path

from api import sites
from api.export import map_options
from api.listing import note_sheet, write_csv
from api.maps.scene import GROUND_LOOKS
from api.maps.sites import site_map
from api.tables import write_workbook
from api.texts import Texts
from layers import Store
from layers.analysis import Siting, write_site_layers

__all__ = ["FORMATS", "write_site"]

FORMATS = (".html", ".xlsx", ".gpkg", ".csv")


def write_site(store: Store, made: Siting, path: Path, texts: Texts) -> None:
    """Write a run in the format that the file's name ends with."""
    run = made.run
    match path.suffix.lower():
        case ".html":
            moment = {"as_of": run.parameters["as_of"], "on": run.evaluated_on}
            ground = {key: store.read(key, columns=["code"], **moment) for key in GROUND_LOOKS}
            page = site_map(made, ground, map_options(store, texts)).finish().html
            path.write_text(page, encoding="utf-8")
        case ".xlsx":
            sheets = [
                sites.choice_table(run, texts),
                sites.worth_table(run, texts),
                sites.unit_table(run, texts),
                note_sheet(sites.run_lines(run, texts), texts),
            ]
            write_workbook(sheets, path)
        case ".gpkg":
            write_site_layers(made, path)
        case _:
            write_csv([sites.worth_table(run, texts)], path)
