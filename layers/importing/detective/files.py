"""The detective asked about a file, which nobody has declared anything of."""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path

from layers.importing.detective.detect import Detection, detect
from layers.importing.detective.ground import Ground
from layers.importing.detective.subject import subject_of
from layers.importing.mapping import Mapping
from layers.importing.readers.places import PLACE_HEADINGS
from layers.importing.source import read_source
from layers.kinds import fold
from layers.store import Scope, Store


def detect_file(
    store: Store,
    path: str | PathLike[str],
    *,
    kind: str | None = None,
    mapping: Mapping | None = None,
    scope: Scope = Scope.all(),
) -> Detection:
    """Find out how the coordinates of one layer of a file are meant.

    `kind` says what the file shows; without it nothing is known of its key, nor of what it should
    lie near to.

    Raises
    ------
    SourceError, MappingError, WhereError, UnknownKindError, ScopeError
    """
    mapping = mapping or Mapping()
    declared = store.kind(kind) if kind is not None else None
    headings = [name for each in (declared.fields if declared else ()) for name in each.headings]
    known = frozenset(fold(name) for name in (*headings, *mapping.key, *PLACE_HEADINGS))
    source = read_source(Path(path), replace(mapping.source, headings=known))
    return detect(subject_of(source, declared, mapping), Ground(store, scope))
