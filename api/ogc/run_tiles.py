"""What runs have found, as vector tiles: which runs there are, and the layers of each."""

import tempfile
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from fastapi import Response

from api.drawings import write_result
from api.ogc import tile_pages as pages
from api.ogc.answers import answer
from api.ogc.door import Door
from api.ogc.tile_answers import Depends, tile_answer
from api.ogc.tiles import SetOfTiles, brief, numbered, require_matrix_set, shown_as
from layers import Run
from layers.analysis import made_again
from layers.analysis.keeping import scope_from
from layers.errors import RunUnknownError
from layers.tiles.results import ResultLayer, Results, read_results
from layers.tiles.source import packed

__all__ = ["every", "one", "tile", "tile_set", "tile_sets"]

NEWEST = 100


def every(door: Door) -> Response:
    """List the newest runs that may be seen."""
    door.parameters()
    form = door.format()

    runs = [run for run in door.store.runs(newest=NEWEST) if _may_see(door, run)]

    def make() -> Any:
        if form == "html":
            return pages.runs(door, [(run, _title(door, run)) for run in runs])
        links = door.alternates(form, {"json": "json", "html": "html"})
        return {"links": links, "runs": [_told(door, run) for run in runs]}

    # A run is no changeset.
    return answer(door, form, make, also=[run.id for run in runs])


def one(door: Door, run_id: str) -> Response:
    """Describe a run."""
    run = _run(door, run_id)
    door.parameters()
    form = door.format()

    def make() -> Any:
        if form == "html":
            return pages.run(door, run, _title(door, run))
        return _told(door, run)

    return answer(door, form, make)


def tile_sets(door: Door, run_id: str) -> Response:
    """List the tile sets of a run."""
    run = _run(door, run_id)
    door.parameters()
    form = door.format()
    path, title = f"/runs/{run.id}/tiles", _title(door, run)

    def make() -> Any:
        if form == "html":
            return pages.tile_sets(door, path, title, _trail(door, run))
        links = door.alternates(form, {"json": "json", "html": "html"})
        return {"links": links, "tilesets": [brief(door, path, title)]}

    return answer(door, form, make)


def tile_set(door: Door, run_id: str, name: str) -> Response:
    """Describe the tiles of a run, as the standard does or as TileJSON."""
    run = _run(door, run_id)
    require_matrix_set(name)
    door.parameters()
    form = door.format(("json", "html", "tilejson"))

    def make() -> Any:
        found = _results(door, run)
        layers = [_layer(layer) for layer in found.layers]
        what = SetOfTiles(f"/runs/{run.id}/tiles", _title(door, run), layers, found.box)
        return shown_as(door, form, what, _trail(door, run))

    return answer(door, "html" if form == "html" else "json", make)


def tile(door: Door, run_id: str, name: str, numbers: tuple[str, str, str]) -> Response:
    """Give a tile of a run, with all of its layers."""
    run = _run(door, run_id)
    require_matrix_set(name)
    door.parameters()
    door.format(("mvt",))
    asked = numbered(numbers)
    depends = Depends(state=_life(door), revision=run.id, seen=None)
    return tile_answer(door, depends, lambda: packed(_results(door, run).tile(asked)))


def _run(door: Door, run_id: str) -> Run:
    """Find a run by its whole id; one that may not be seen is as absent as one that is not there.

    Raises
    ------
    RunUnknownError
    """
    run = door.store.run(run_id)
    if run.id != run_id or not _may_see(door, run):
        raise RunUnknownError(found=run_id)
    return run


def _may_see(door: Door, run: Run) -> bool:
    return door.scope.covers(scope_from(run.parameters["scope"]), run.inputs)


def _life(door: Door) -> tuple[Hashable, ...]:
    settings = door.store.settings
    return settings.store_id, settings.restore_epoch


def _results(door: Door, run: Run) -> Results:
    """Compute a run again, or remember it."""

    def make() -> Results:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "run.gpkg")
            write_result(made_again(door.store, run), path, door.texts)
            return read_results(path) if path.exists() else Results((), None)

    return door.visit.service.results_of((*_life(door), run.id), make)


def _told(door: Door, run: Run) -> dict[str, Any]:
    path = f"/runs/{run.id}"
    title = _title(door, run)
    return {
        "id": run.id,
        "title": title,
        "analysis": run.analysis,
        "evaluated_on": run.evaluated_on.isoformat(),
        "created_at": run.created_at.isoformat(),
        "links": [
            door.link("self", door.url(path), "json", title),
            door.link("alternate", f"{door.base.removesuffix('/ogc')}{path}", "html", title),
            *brief(door, f"{path}/tiles", title)["links"][:1],
        ],
    }


def _trail(door: Door, run: Run) -> pages.Trail:
    here = door.url(f"/runs/{run.id}", f="html")
    return [*pages.runs_trail(door), (_title(door, run), here)]


def _title(door: Door, run: Run) -> str:
    return f"{door.texts('pages.run.title')} {run.analysis} {run.id[:8]}"


def _layer(layer: ResultLayer) -> dict[str, Any]:
    told = {key: {"title": key, "type": kind} for key, kind in layer.fields.items()}
    found: dict[str, Any] = {
        "id": layer.name,
        "title": layer.name,
        "dataType": "vector",
        "propertiesSchema": {"type": "object", "properties": told},
    }
    if layer.dimension is not None:
        found["geometryDimension"] = layer.dimension
    return found
