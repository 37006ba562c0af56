"""Zip archives, KMZ among them: unpacked within bounds, and never outside their own folder.

Only the chosen data set is unpacked, under its bare name: paths that lead out, links, passwords
and contents larger than they claim are refused before GDAL sees anything.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from layers.importing.errors import (
    SourceError,
    SourceLayerMissingError,
    SourceLayerNotChosenError,
    SourceUnreadableError,
)
from layers.importing.files import DAMAGED_ZIP, check_limit
from layers.importing.limits import MAX_ARCHIVE_MEMBERS, MAX_UNPACKED_BYTES
from layers.importing.readers.table import Remark, SourceOptions, Table

_DATA = (
    ".shp", ".gpkg", ".geojson", ".json", ".geojsonl", ".kml", ".gml", ".fgb", ".tab", ".mif",
    ".dxf", ".gpx", ".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".et", ".parquet",
    ".geoparquet", ".pbf", ".osm",
)  # fmt: skip
_TEXT_BESIDE = (".txt", ".json")  # as often a note on the data as the data
_FOLDER = ".gdb"
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
_CHUNK_BYTES = 1024**2
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


@dataclass(frozen=True)
class _Member:
    """One file of an archive under its readable name."""

    info: zipfile.ZipInfo
    path: PurePosixPath


@dataclass(frozen=True)
class _DataSet:
    """Files of an archive that belong together: a shapefile has three and more."""

    path: PurePosixPath
    members: tuple[_Member, ...]


@dataclass(frozen=True)
class Unpacked:
    """A data set of an archive as a file of its own, and how it is to be read.

    `name` is what the archive calls it; `links` are the archive's links, which lead nowhere.
    """

    path: Path
    name: str
    options: SourceOptions
    links: list[str]


def read_archive(path: Path, options: SourceOptions) -> Table:
    """Read the one data set of an archive, or the one that `options.layer` names.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceTooLargeError, MappingColumnError
    """
    with unpacked(path, options) as found:
        table = _read(path, found)
    remarks = [Remark("links_not_followed", {"names": found.links})] if found.links else []
    return replace(table, remarks=(*remarks, *table.remarks))


@contextmanager
def unpacked(path: Path, options: SourceOptions) -> Iterator[Unpacked]:
    """Unpack the one data set of an archive, or the one that `options.layer` names, for a while.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceTooLargeError
    """
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory(prefix="greengrid-") as folder:
            members, links = _members(path, archive)
            data_set, inner = _choose(path, _data_sets(members), options)
            main = _unpack(path, archive, data_set, Path(folder))
            yield Unpacked(main, data_set.path.name, inner, links)
    except DAMAGED_ZIP as error:
        raise SourceUnreadableError(file=path.name, reason="damaged", detail=str(error)) from error
    except RuntimeError as error:  # zipfile's word for a password
        raise SourceUnreadableError(file=path.name, reason="password", detail=str(error)) from error


def _read(path: Path, found: Unpacked) -> Table:
    from layers.importing.readers.choice import reader_for  # noqa: PLC0415 - it chooses this one too

    try:
        return reader_for(found.path)(found.path, found.options)
    except SourceError as error:
        error.values["file"] = f"{path.name}/{found.name}"
        raise


def _members(path: Path, archive: zipfile.ZipFile) -> tuple[list[_Member], list[str]]:
    """List the files of an archive, and the names of its links, which are left alone."""
    check_limit(path.name, "members", len(archive.infolist()), MAX_ARCHIVE_MEMBERS)
    members: list[_Member] = []
    links: list[str] = []
    for info in archive.infolist():
        name = PurePosixPath(_readable(info))
        if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", str(name)):
            raise SourceUnreadableError(file=path.name, reason="unsafe_paths", detail=str(name))
        if info.is_dir() or name.parts[0] == "__MACOSX" or name.name.startswith((".", "~$")):
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            links.append(str(name))
        else:
            members.append(_Member(info, name))
    return members, links


def _readable(info: zipfile.ZipInfo) -> str:
    """Give a member's name; programs in Chinese write it in GBK without saying so."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    return name.replace("\\", "/")


def _data_sets(members: Sequence[_Member]) -> list[_DataSet]:
    found = [_DataSet(main, tuple(_belonging(main, members))) for main in _mains(members)]
    if any(data_set.path.suffix.lower() not in _TEXT_BESIDE for data_set in found):
        found = [each for each in found if each.path.suffix.lower() not in _TEXT_BESIDE]
    return found


def _mains(members: Sequence[_Member]) -> Iterator[PurePosixPath]:
    """Name what can be read: a file of data, or a folder that is a geodatabase."""
    folders = {
        parent
        for member in members
        for parent in member.path.parents
        if parent.suffix.lower() == _FOLDER
    }
    yield from sorted(folders)
    for member in members:
        inside = any(parent in folders for parent in member.path.parents)
        if member.path.suffix.lower() in _DATA and not inside:
            yield member.path


def _belonging(main: PurePosixPath, members: Sequence[_Member]) -> Iterator[_Member]:
    for member in members:
        beside = member.path.parent == main.parent
        same = member.path.stem.casefold() == main.stem.casefold()
        if (beside and same) or main in member.path.parents:
            yield member


def _choose(
    path: Path, data_sets: Sequence[_DataSet], options: SourceOptions
) -> tuple[_DataSet, SourceOptions]:
    if not data_sets:
        raise SourceUnreadableError(file=path.name, reason="archive_without_data", detail="")
    by_name = _labelled(data_sets)
    chosen = by_name.get(options.layer or "")
    if chosen is not None:
        return chosen, replace(options, layer=None)
    if len(data_sets) == 1:
        return data_sets[0], options
    if options.layer is not None:
        raise SourceLayerMissingError(file=path.name, layer=options.layer, layers=list(by_name))
    raise SourceLayerNotChosenError(file=path.name, layers=list(by_name))


def _labelled(data_sets: Sequence[_DataSet]) -> dict[str, _DataSet]:
    """Name the data sets as shortly as they can be told apart."""
    paths = [each.path for each in data_sets]
    ways = ([path.stem for path in paths], [path.name for path in paths], list(map(str, paths)))
    labels = next((way for way in ways if len(set(way)) == len(way)), ways[-1])
    return dict(zip(labels, data_sets, strict=True))


def _unpack(path: Path, archive: zipfile.ZipFile, data_set: _DataSet, folder: Path) -> Path:
    """Write the files of a data set into `folder`; return the one to be opened."""
    stem = _UNFIT.sub("_", data_set.path.stem)
    main = folder / f"{stem}{data_set.path.suffix.lower()}"
    left = MAX_UNPACKED_BYTES
    is_folder = main.suffix == _FOLDER
    if is_folder:
        main.mkdir()
    for member in data_set.members:
        if member.info.flag_bits & _ENCRYPTED:
            raise SourceUnreadableError(file=path.name, reason="password", detail="")
        name = _UNFIT.sub("_", member.path.name)
        suffix = member.path.suffix.lower()
        target = main / name if is_folder else folder / f"{stem}{suffix}"
        with archive.open(member.info) as packed, target.open("wb") as stream:
            while chunk := packed.read(_CHUNK_BYTES):
                left -= len(chunk)
                check_limit(path.name, "bytes", MAX_UNPACKED_BYTES - left, MAX_UNPACKED_BYTES)
                stream.write(chunk)
    return main
