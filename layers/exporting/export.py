"""An export from layers to a file, whole or not at all."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from os import PathLike
from pathlib import Path
from types import MappingProxyType

from geopandas import GeoDataFrame

from layers.exporting.errors import (
    ExportFileInUseError,
    ExportFolderMissingError,
    ExportFormatError,
    ExportOneLayerError,
    ExportOntoStoreError,
)
from layers.exporting.kml import write_kml
from layers.exporting.places import datum_for, in_datum
from layers.exporting.report import ExportReport
from layers.exporting.selecting import ExportOptions, select
from layers.exporting.shapefile import write_shapefile, write_zip
from layers.exporting.sheets import write_csv
from layers.exporting.vector import write_geojson, write_geopackage, write_parquet
from layers.exporting.workbook.book import write_book
from layers.exporting.workbook.columns import REVISION
from layers.kinds import Kind
from layers.store import Store

Layers = Iterable[tuple[Kind, GeoDataFrame]]

_OF_ONE: Mapping[str, Callable[[Kind, GeoDataFrame, Path], ExportReport]] = MappingProxyType(
    {
        ".geojson": write_geojson,
        ".json": write_geojson,
        ".parquet": write_parquet,
        ".shp": write_shapefile,
        ".csv": write_csv,
    }
)
_OF_SEVERAL: Mapping[str, Callable[[Layers, Path], list[ExportReport]]] = MappingProxyType(
    {".gpkg": write_geopackage, ".zip": write_zip}
)
_WORKBOOK = ".xlsx"
# These hold headings for people, in one language.
_WORDED: Mapping[str, Callable[[Layers, Path, str], list[ExportReport]]] = MappingProxyType(
    {_WORKBOOK: write_book, ".kml": write_kml}
)
SEVERAL_KINDS = (*_OF_SEVERAL, *_WORDED)
FORMATS = (*_OF_ONE, *SEVERAL_KINDS)

# Beside a shapefile, indexes that other programs made of it; of a new one they would be wrong.
_INDEXES = (".sbn", ".sbx", ".qix", ".idm", ".ind", ".prj", ".qpj", ".cst")
# Beside a GeoPackage, pages that another program has not yet put into it.
_UNFINISHED = ("-wal", "-journal")


def export_kind(
    store: Store, kind: str, path: str | PathLike[str], options: ExportOptions | None = None
) -> ExportReport:
    """Write the features of a kind to a file whose ending names the format; see `export_kinds`."""
    return export_kinds(store, [kind], path, options)[0]


def export_kinds(
    store: Store,
    kinds: Sequence[str],
    path: str | PathLike[str],
    options: ExportOptions | None = None,
) -> list[ExportReport]:
    """Write the features of several kinds, all of one state, to a file.

    The ending names the format. GeoPackage, GeoParquet, shapefile and its zip keep the store's
    reference system unless a datum is asked for; GeoJSON, KML, CSV and Excel have longitude and
    latitude of WGS84. An existing file is replaced, but never a store.

    Raises
    ------
    ExportingError, DatumNotKnownError, DatumNotConvertibleError
    UnknownKindError, UnknownFieldError, FilterError, ChangesetUnknownError, ScopeError
    """
    chosen = options or ExportOptions()
    target = Path(path)
    wanted = [store.kind(key) for key in dict.fromkeys(kinds)]
    _check_target(target, wanted)
    if len(wanted) > 1:
        chosen = replace(chosen, as_of=store.changeset_at(chosen.as_of))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".greengrid-") as folder:
        draft = Path(folder) / target.name
        reports = _write(_layers(store, wanted, chosen, target), draft, chosen.lang)
        _publish(draft, target)
    return reports


def write_features(kind: Kind, frame: GeoDataFrame, path: Path, lang: str) -> ExportReport:
    """Write features that were read already to a new file, in the system in which they are.

    A workbook wants their revisions, too, in a column `revision`.

    Raises
    ------
    ExportingError
    """
    _check_target(path, [kind])
    return _write([(kind, frame)], path, lang)[0]


def _layers(
    store: Store, kinds: Iterable[Kind], options: ExportOptions, target: Path
) -> Iterator[tuple[Kind, GeoDataFrame]]:
    """Read one layer after the other: only one of them is held at a time."""
    datum = datum_for(options.datum, target.suffix.lower())
    for kind in kinds:
        frame = select(store, kind, options)
        placed = in_datum(frame, datum) if kind.is_spatial else frame
        if target.suffix.lower() == _WORKBOOK:
            # What a row is written from, so that an edit of something older is noticed.
            uids = list(frame.index)
            revisions = store.feature_revisions(kind.key, uids, as_of=options.as_of)
            placed = placed.assign(**{REVISION.key: revisions})
        yield kind, placed


def _write(layers: Layers, path: Path, lang: str) -> list[ExportReport]:
    ending = path.suffix.lower()
    if ending in _WORDED:
        return _WORDED[ending](layers, path, lang)
    if ending in _OF_SEVERAL:
        return _OF_SEVERAL[ending](layers, path)
    return [_OF_ONE[ending](kind, frame, path) for kind, frame in layers]


def _check_target(path: Path, kinds: Sequence[Kind]) -> None:
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise ExportFormatError(found=path.suffix, allowed=list(FORMATS))
    if len(kinds) > 1 and ending not in SEVERAL_KINDS:
        keys = [kind.key for kind in kinds]
        raise ExportOneLayerError(format=ending[1:], kinds=keys, allowed=list(SEVERAL_KINDS))
    if not path.parent.is_dir():
        raise ExportFolderMissingError(folder=str(path.parent))
    refuse_store(path)
    beside = [path.with_name(path.name + ending) for ending in _UNFINISHED]
    if any(each.is_file() and each.stat().st_size for each in beside):
        raise ExportFileInUseError(file=path.name)


def refuse_store(path: Path) -> None:
    """Refuse to write where a store lies.

    Raises
    ------
    ExportOntoStoreError
    """
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
    written = {part.name for part in parts}
    for part in parts:
        if part.suffix == ".shp":
            _forget_indexes(target.with_name(part.name), written)
    for part in parts:
        part.replace(target.with_name(part.name))


def _forget_indexes(path: Path, written: set[str]) -> None:
    for ending in _INDEXES:
        index = path.with_suffix(ending)
        if index.name not in written:
            index.unlink(missing_ok=True)
