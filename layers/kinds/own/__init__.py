"""Kinds of one's own: declared in a TOML file, kept in the store that they were added to."""

from layers.kinds.own.declaration import Declaration
from layers.kinds.own.errors import (
    KindFileError,
    KindListError,
    KindLossError,
    KindNarrowerError,
    KindProblemError,
    KindsFullError,
    KindTableTakenError,
)
from layers.kinds.own.reading import read_declaration, read_kind_file
from layers.kinds.own.widening import widening_problems
from layers.kinds.own.writing import write_declaration

__all__ = [
    "Declaration",
    "KindFileError",
    "KindListError",
    "KindLossError",
    "KindNarrowerError",
    "KindProblemError",
    "KindTableTakenError",
    "KindsFullError",
    "read_declaration",
    "read_kind_file",
    "widening_problems",
    "write_declaration",
]
