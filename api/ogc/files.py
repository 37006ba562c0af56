"""Features as a file: a table for spreadsheets, a workbook, a GeoPackage."""

import tempfile
from pathlib import Path
from shutil import rmtree
from typing import Any
from urllib.parse import quote

from fastapi.responses import FileResponse
from geopandas import GeoDataFrame
from starlette.background import BackgroundTask

from api.errors import ParameterError
from api.ogc.asking import ItemsAsked
from api.ogc.crs import CRS84
from api.ogc.door import MEDIA, Door
from layers.exporting.export import write_features
from layers.kinds import Kind
from layers.store import Page
from layers.store.scope import COUNTS
from layers.store.withholding import WITHHELD

# These two have columns for longitude and latitude, and no place to name another system.
_PLAIN = ("csv", "xlsx")
# What longitude and latitude are called in a file, whose axes stand in no order of their own.
_LABEL = "EPSG:4326"


def as_file(
    door: Door, kind: Kind, page: Page, asked: ItemsAsked, form: str, links: list[dict[str, Any]]
) -> FileResponse:
    """Write a page of features to a file and send it; the file is gone afterwards.

    Raises
    ------
    ParameterError
    """
    if form in _PLAIN and asked.crs != CRS84:
        raise ParameterError(parameter="crs", found=asked.crs, allowed=[CRS84])
    folder = Path(tempfile.mkdtemp(prefix="greengrid-"))
    path = folder / f"{kind.key}.{form}"
    try:
        frame = page.features
        name = _LABEL if asked.crs == CRS84 else asked.crs_name
        placed = frame.to_crs(name) if kind.is_spatial else frame
        if form == "xlsx":
            uids = list(frame.index)
            revisions = door.store.feature_revisions(kind.key, uids, as_of=page.changeset)
            placed = placed.assign(revision=revisions)
        if form in _PLAIN:
            placed = _marked(placed, door.texts("pages.withheld.mark"))
        write_features(kind, placed, path, door.texts.lang)
    except BaseException:
        rmtree(folder, ignore_errors=True)
        raise
    title = f"{door.texts.title(kind)}.{form}"
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(title)}",
        "Link": ", ".join(
            f'<{link["href"]}>; rel="{link["rel"]}"'
            for link in links
            if link["rel"] in {"self", "next"}
        ),
        "OGC-NumberMatched": str(page.matched),
        "OGC-NumberReturned": str(len(frame)),
    }
    gone = BackgroundTask(rmtree, folder, ignore_errors=True)
    return FileResponse(path, media_type=MEDIA[form], headers=headers, background=gone)


def _marked(frame: GeoDataFrame, mark: str) -> GeoDataFrame:
    """Write in words where a count is withheld: an empty cell would say that none is known."""
    withheld = list(frame.attrs.get(WITHHELD, ()))
    if not withheld:
        return frame
    columns = {name: frame[name].astype(object) for name in COUNTS.intersection(frame.columns)}
    for column in columns.values():
        column[column.index.isin(withheld)] = mark
    return frame.assign(**columns)
