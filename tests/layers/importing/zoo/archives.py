"""Makers of awkward files other than sheets: archives, shapefiles, workbooks built to do harm."""

import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
from shapely import Point

from tests.layers.importing.zoo.sheets import HEADER, ROWS, write_workbook

NAMES = ["裸露土地", "绿地"]


def points(count: int = 2, **columns: object) -> gpd.GeoDataFrame:
    shapes = [Point(126.5 + i / 100, 42) for i in range(count)]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4326)


def write_shapefile(
    path: Path, names: list[str] | None = None, *, encoding: str = "GBK", cpg: str | None = None
) -> Path:
    """Write a shapefile in `encoding`; its .cpg says `cpg`, or is not there."""
    words = names or NAMES
    points(len(words), 名称=words).to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    return path


def write_zip(path: Path, members: Mapping[str, bytes | Path]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content.read_bytes() if isinstance(content, Path) else content)
    return path


def parts_of(shapefile: Path, name: str, *, folder: str = "") -> dict[str, bytes | Path]:
    parts = shapefile.parent.glob(f"{shapefile.stem}.*")
    return {f"{folder}{name}{part.suffix}": part for part in sorted(parts) if part.suffix != ".zip"}


def write_zip_with_gbk_names(path: Path, members: Mapping[str, bytes | Path]) -> Path:
    """Name the members as old Chinese programs do: in GBK, without a flag that says so."""
    plain = {f"m{number:05d}": each for number, each in enumerate(members.values())}
    write_zip(path, plain)
    content = path.read_bytes()
    for number, name in enumerate(members):
        raw = name.encode("gbk")
        old = f"m{number:05d}".encode()
        assert len(raw) == len(old), "a name of another length would move what follows"
        content = content.replace(old, raw)
    path.write_bytes(content)
    return path


def add_link(path: Path, name: str, target: str) -> None:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(info, target)


def encrypt_flags(path: Path) -> Path:
    """Mark every member as having a password."""
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            flags = struct.unpack_from("<H", content, at + offset)[0]
            struct.pack_into("<H", content, at + offset, flags | 1)
            at = content.find(mark, at + 4)
    path.write_bytes(content)
    return path


def rewrite_part(path: Path, part: str, content: bytes) -> Path:
    """Replace one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = content
    return write_zip(path, parts)


def harmful_workbook(path: Path, sheet: bytes) -> Path:
    """Write a workbook whose sheet is `sheet`."""
    write_workbook(path, [HEADER, *ROWS])
    return rewrite_part(path, "xl/worksheets/sheet1.xml", sheet)


def workbook_with_shared_texts(path: Path, sheet: bytes, texts: bytes) -> Path:
    """Write a workbook as Excel does: its cells name texts by number."""
    harmful_workbook(path, sheet)
    with zipfile.ZipFile(path) as archive:
        links = archive.read("xl/_rels/workbook.xml.rels")
    link = (
        b'<Relationship Id="rIdTexts" Target="sharedStrings.xml" Type="http://schemas.openxmlformats'
        b'.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
    )
    rewrite_part(path, "xl/_rels/workbook.xml.rels", links.replace(b"</Relationships>", link))
    return rewrite_part(path, "xl/sharedStrings.xml", texts)


def old_office(path: Path, *, encrypted: bool = False) -> Path:
    """Write what begins as the workbooks of before 2007 do, or as those with a password."""
    mark = "EncryptedPackage".encode("utf-16-le") if encrypted else "Workbook".encode("utf-16-le")
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1_000_000 + mark + b"\0" * 512)
    return path
