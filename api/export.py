"""Coverage and gaps as they are shown: a map, the sheets of a workbook, a table."""

from pathlib import Path
from typing import Any

from api import bands, figures, tables
from api.maps.base import OfflineMap
from api.maps.coverage import coverage_map
from api.maps.gaps import gap_map
from api.maps.scene import MapOptions
from api.scenes import scene_of
from api.settings import load_settings
from api.texts import Texts
from layers import Store
from layers.analysis import Analysis, write_geopackage


def draw(store: Store, made: Analysis, options: MapOptions) -> OfflineMap:
    """Draw a run: its gaps if it ranked them, else its coverage."""
    scene = scene_of(store, made)
    if made.gaps is not None:
        return gap_map(scene, made.gaps, options)
    return coverage_map(scene, options)


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


def sheets(store: Store, made: Analysis, texts: Texts) -> list[tables.Table]:
    """Make the sheets of a run: figures, units, places or gaps, notes."""
    result = made.coverage
    return [
        tables.figure_table(result, texts, figures.counted(made.run.parameters)),
        *([bands.band_table(made.run.results, texts)] if made.sensitivity is not None else []),
        tables.unit_table(result, texts, _unit_names(made)),
        tables.gap_table(made, texts)
        if made.gaps is not None
        else tables.place_table(result, texts, _place_codes(store, made)),
        tables.note_table(result.ruleset, _run_lines(made, texts), texts, store.kinds),
    ]


def table(made: Analysis, texts: Texts) -> tables.Table:
    """Make one table of the units of a run, or of its gaps, each row with the run."""
    found = (
        tables.unit_table(made.coverage, texts, _unit_names(made))
        if made.gaps is None
        else tables.gap_table(made, texts)
    )
    columns = [*found.columns, tables.Column(texts("pages.map.run"), "")]
    return tables.Table(found.title, columns, [[*row, made.run.id] for row in found.rows])


def write_layers(store: Store, made: Analysis, path: Path) -> None:
    """Write the layers of a run for a desktop GIS."""
    write_geopackage(store, made, path)


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
