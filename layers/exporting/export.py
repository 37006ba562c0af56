"""An export from layer to file, whole or not at all."""

from __future__ import annotations

import datetime as dt
import sqlite3
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from geopandas import GeoDataFrame

from layers.exporting.errors import (
    ExportFolderMissingError,
    ExportFormatError,
    ExportOntoStoreError,
)
from layers.exporting.report import ExportReport
from layers.exporting.sheets import write_csv, write_workbook
from layers.exporting.vector import (
    write_geojson,
    write_geopackage,
    write_parquet,
    write_shapefile,
)
from layers.kinds import Kind
from layers.store import Scope, Store

Writer = Callable[[Kind, GeoDataFrame, Path], ExportReport]

_WRITERS: Mapping[str, Writer] = MappingProxyType(
    {
        ".gpkg": write_geopackage,
        ".geojson": write_geojson,
        ".json": write_geojson,
        ".parquet": write_parquet,
        ".shp": write_shapefile,
        ".csv": write_csv,
    }
)
_WORKBOOK = ".xlsx"
FORMATS = (*_WRITERS, _WORKBOOK)


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Say which features to write (see `Store.read`), and for a workbook in which language."""

    where: str | None = None
    as_of: int | dt.datetime | None = None
    on: dt.date | None = None
    scope: Scope = field(default_factory=Scope.all)
    lang: str = "zh"


def export_kind(
    store: Store, kind: str, path: str | PathLike[str], options: ExportOptions | None = None
) -> ExportReport:
    """Write the features of a kind to a file whose ending names the format.

    GeoPackage, GeoParquet and shapefile keep the store's reference system; GeoJSON, CSV and
    Excel have longitude and latitude. An existing file is replaced, but never a store.

    Raises
    ------
    ExportingError, UnknownKindError, FilterError, ChangesetUnknownError, ScopeError
    """
    chosen = options or ExportOptions()
    target = Path(path)
    declared = store.kind(kind)
    _check_target(target)
    frame = store.read(
        kind, where=chosen.where, as_of=chosen.as_of, on=chosen.on, scope=chosen.scope
    )
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".greengrid-") as folder:
        draft = Path(folder) / target.name
        report = _write(declared, frame, draft, chosen.lang)
        _publish(draft, target)
    return report


def _write(kind: Kind, frame: GeoDataFrame, path: Path, lang: str) -> ExportReport:
    ending = path.suffix.lower()
    if ending == _WORKBOOK:
        return write_workbook(kind, frame, path, lang)
    return _WRITERS[ending](kind, frame, path)


def _check_target(path: Path) -> None:
    if path.suffix.lower() not in FORMATS:
        raise ExportFormatError(found=path.suffix, allowed=list(FORMATS))
    if not path.parent.is_dir():
        raise ExportFolderMissingError(folder=str(path.parent))
    if _is_store(path):
        raise ExportOntoStoreError(file=path.name)


def _is_store(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            query = "SELECT 1 FROM sqlite_master WHERE name = 'gg_setting'"
            return database.execute(query).fetchone() is not None
    except sqlite3.DatabaseError:
        return False


def _publish(draft: Path, target: Path) -> None:
    """Move what was written into place; of a shapefile the `.shp` last, so that it is complete."""
    parts = sorted(draft.parent.iterdir(), key=lambda part: part.suffix == draft.suffix)
    for part in parts:
        part.replace(target.with_suffix(part.suffix))
