"""Indicators as files: a map that works offline, a workbook, layers, a table."""

from pathlib import Path

from api import indicators
from api.export import map_options
from api.listing import note_sheet, write_csv
from api.maps.indicators import indicator_map
from api.maps.scene import GROUND_LOOKS
from api.tables import write_workbook
from api.texts import Texts
from layers import Store
from layers.analysis import Indicated, write_indicator_layers

__all__ = ["FORMATS", "write_indicators"]

FORMATS = (".html", ".xlsx", ".gpkg", ".csv")


def write_indicators(store: Store, made: Indicated, path: Path, texts: Texts) -> None:
    """Write indicators in the format that the file's name ends with."""
    run = made.run
    match path.suffix.lower():
        case ".html":
            moment = {"as_of": run.parameters["as_of"], "on": run.evaluated_on}
            ground = {key: store.read(key, columns=["code"], **moment) for key in GROUND_LOOKS}
            page = indicator_map(made, ground, map_options(store, texts)).finish().html
            path.write_text(page, encoding="utf-8")
        case ".xlsx":
            sheets = [
                indicators.verdict_table(run, texts),
                indicators.value_table(run, texts),
                indicators.requirement_table(run, texts),
                note_sheet(indicators.run_lines(run, texts), texts),
            ]
            write_workbook(sheets, path)
        case ".gpkg":
            write_indicator_layers(made, path)
        case _:
            write_csv([indicators.value_table(run, texts)], path)
