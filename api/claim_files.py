"""A checked claim as files: a map that works offline, a workbook, layers, a table."""

from pathlib import Path

from api import claims
from api.export import map_options
from api.listing import note_sheet, write_csv
from api.maps.claim import claim_map
from api.maps.scene import GROUND_LOOKS
from api.tables import write_workbook
from api.texts import Texts
from layers import Store
from layers.analysis import Claimed, write_claim_layers

__all__ = ["FORMATS", "write_claim"]

FORMATS = (".html", ".xlsx", ".gpkg", ".csv")


def write_claim(store: Store, made: Claimed, path: Path, texts: Texts) -> None:
    """Write a checked claim in the format that the file's name ends with."""
    run = made.run
    match path.suffix.lower():
        case ".html":
            moment = {"as_of": run.parameters["as_of"], "on": run.evaluated_on}
            ground = {key: store.read(key, columns=["code"], **moment) for key in GROUND_LOOKS}
            page = claim_map(made, ground, map_options(store, texts)).finish().html
            path.write_text(page, encoding="utf-8")
        case ".xlsx":
            sheets = [
                claims.summary_table(run, texts),
                claims.definition_table(run, texts),
                claims.exception_table(made, texts),
                claims.unit_table(run, texts),
                note_sheet(claims.run_lines(run, texts), texts),
            ]
            write_workbook(sheets, path)
        case ".gpkg":
            write_claim_layers(made, path)
        case _:
            write_csv([claims.definition_table(run, texts)], path)
