"""Holes as files: a map that works offline, a workbook, layers for a desktop GIS, a table."""

from pathlib import Path

from api import holes
from api.export import map_options
from api.listing import note_sheet, write_csv
from api.maps.holes import holes_map
from api.maps.scene import GROUND_LOOKS
from api.tables import write_workbook
from api.texts import Texts
from layers import Store
from layers.analysis import Holes, write_hole_layers

__all__ = ["FORMATS", "write_holes"]

FORMATS = (".html", ".xlsx", ".gpkg", ".csv")


def write_holes(store: Store, made: Holes, path: Path, texts: Texts) -> None:
    """Write a run of holes in the format that the file's name ends with."""
    run = made.run
    match path.suffix.lower():
        case ".html":
            moment = {"as_of": run.parameters["as_of"], "on": run.evaluated_on}
            ground = {key: store.read(key, columns=["code"], **moment) for key in GROUND_LOOKS}
            page = holes_map(made, ground, map_options(store, texts)).finish().html
            path.write_text(page, encoding="utf-8")
        case ".xlsx":
            sheets = [
                holes.piece_table(run, texts),
                holes.account_table(run, texts),
                holes.left_out_table(run, texts),
                note_sheet(holes.run_lines(run, texts), texts),
            ]
            write_workbook(sheets, path)
        case ".gpkg":
            write_hole_layers(made, path)
        case _:
            write_csv([holes.piece_table(run, texts)], path)
