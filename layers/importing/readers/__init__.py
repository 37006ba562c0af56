"""Readers of files, chosen by ending; whatever has none of its own goes to GDAL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from layers.importing.readers.parquet import read_parquet
from layers.importing.readers.sheets import read_csv, read_xlsx
from layers.importing.readers.table import Fault, SourceOptions, Table
from layers.importing.readers.vector import read_vector

__all__ = ["Fault", "Reader", "SourceOptions", "Table", "reader_for"]

Reader = Callable[[Path, SourceOptions], Table]

_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        ".csv": read_csv,
        ".tsv": read_csv,
        ".txt": read_csv,
        ".xlsx": read_xlsx,
        ".xlsm": read_xlsx,
        ".parquet": read_parquet,
        ".geoparquet": read_parquet,
    }
)


def reader_for(path: Path) -> Reader:
    """Choose the reader for a file by its ending; letter case is ignored."""
    return _READERS.get(path.suffix.lower(), read_vector)
