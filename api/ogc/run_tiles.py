"""What runs have found, as vector tiles: which runs there are, and the layers of each."""

import tempfile
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from fastapi import Response

from api.drawings import write_result
from api.ogc.answers import answer
from api.ogc.door import Door
from api.ogc.tile_answers import Depends, tile_answer
from api.ogc.tiles import brief, described, numbered, require_matrix_set, tile_json
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
    door.format(("json",))

    def make() -> Any:
        runs = [run for run in door.store.runs(newest=NEWEST) if _may_see(door, run)]
        here = door.link("self", door.url("/runs"), "json")
        return {"links": [here], "runs": [_told(door, run) for run in runs]}

    return answer(door, "json", make)


def one(door: Door, run_id: str) -> Response:
    """Describe a run."""
    run = _run(door, run_id)
    door.parameters()
    door.format(("json",))
    return answer(door, "json", lambda: _told(door, run))


def tile_sets(door: Door, run_id: str) -> Response:
    """List the tile sets of a run."""
    run = _run(door, run_id)
    door.parameters()
    door.format(("json",))
    path = f"/runs/{run.id}/tiles"

    def make() -> Any:
        here = door.link("self", door.url(path), "json")
        return {"links": [here], "tilesets": [brief(door, path, _title(door, run))]}

    return answer(door, "json", make)


def tile_set(door: Door, run_id: str, name: str) -> Response:
    """Describe the tiles of a run, as the standard does or as TileJSON."""
    run = _run(door, run_id)
    require_matrix_set(name)
    door.parameters()
    form = door.format(("json", "tilejson"))

    def make() -> Any:
        found = _results(door, run)
        layers = [_layer(layer) for layer in found.layers]
        describe = tile_json if form == "tilejson" else described
        return describe(door, f"/runs/{run.id}/tiles", _title(door, run), layers, found.box)

    return answer(door, "json", make)


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
