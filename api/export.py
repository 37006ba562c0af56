"""Runs as files: one page that works offline, a workbook, a table."""

from pathlib import Path
from typing import Any

from api import bands, figures, tables
from api.maps.coverage import coverage_map
from api.maps.gaps import gap_map
from api.maps.scene import MapOptions
from api.scenes import scene_of
from api.settings import load_settings
from api.texts import Texts
from layers import Store
from layers.analysis import Analysis


def page(store: Store, made: Analysis, options: MapOptions) -> str:
    """Draw a run: its gaps if it ranked them, else its coverage."""
    scene = scene_of(store, made)
    if made.gaps is not None:
        return gap_map(scene, made.gaps, options).finish().html
    return coverage_map(scene, options).finish().html


def write_page(store: Store, made: Analysis, path: Path, texts: Texts) -> None:
    """Write the map of a run as one file that needs nobody."""
    path.write_text(page(store, made, map_options(store, texts)), encoding="utf-8")


def map_options(store: Store, texts: Texts) -> MapOptions:
    """Read from the settings what stands on an exported map."""
    settings = load_settings()
    return MapOptions(
        texts=texts,
        max_shapes=settings.max_shapes,
        place=settings.public_title,
        data_credit=settings.data_credit,
        map_approval=settings.map_approval,
        kinds=store.kinds,
    )


def write_workbook(store: Store, made: Analysis, path: Path, texts: Texts) -> None:
    """Write a run as a workbook: figures, units, places or gaps, notes."""
    result = made.coverage
    sheets = [
        tables.figure_table(result, texts, figures.counted(made.run.parameters)),
        *([bands.band_table(made.run.results, texts)] if made.sensitivity is not None else []),
        tables.unit_table(result, texts, _unit_names(made)),
        tables.gap_table(made, texts)
        if made.gaps is not None
        else tables.place_table(result, texts, _place_codes(store, made)),
        tables.note_table(result.ruleset, _run_lines(made, texts), texts, store.kinds),
    ]
    tables.write_workbook(sheets, path)


def write_csv(store: Store, made: Analysis, path: Path, texts: Texts) -> None:
    """Write the units of a run, or its gaps, as a table that spreadsheets open as UTF-8."""
    del store
    table = (
        tables.unit_table(made.coverage, texts, _unit_names(made))
        if made.gaps is None
        else tables.gap_table(made, texts)
    )
    frame = tables.to_frame(table)
    frame[texts("pages.map.run")] = made.run.id
    frame.to_csv(path, index=False, encoding="utf-8-sig")


def _unit_names(made: Analysis) -> dict[Any, Any]:
    units = made.units
    return dict(units["name"].fillna(units["code"]))


def _place_codes(store: Store, made: Analysis) -> Any:
    run = made.run
    places = store.read(
        run.parameters["places"],
        columns=["code"],
        as_of=run.parameters["as_of"],
        on=run.evaluated_on,
    )
    return places["code"].fillna(places.index.to_series())


def _run_lines(made: Analysis, texts: Texts) -> list[tuple[str, str]]:
    run = made.run
    inputs = [f"{layer} {revision}" for layer, revision in run.inputs.items()]
    return [
        tables.amount_unit_line(figures.counted(run.parameters), texts),
        (texts("pages.run.evaluated_on"), texts.value(run.evaluated_on)),
        (texts("pages.map.run"), run.id),
        (texts("pages.run.inputs"), texts.enumerate(inputs)),
        (texts("pages.run.code_version"), run.code_version),
    ]
