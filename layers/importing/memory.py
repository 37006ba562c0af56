"""Mappings that were used, kept for the next file of the same source.

A source is known by the headings of its files, in any order, and the kind they go to. What speaks
of one delivery alone is not kept: the filter, the layer, days that were filled into all rows, and
the datum and the way its numbers are written, which have to be declared each time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from layers.importing.mapping import Mapping
from layers.importing.mapping_file import read_mapping
from layers.importing.notation import Notation
from layers.importing.words import RETURNED_HEADINGS
from layers.kinds import FieldType, Kind, fold

_DIGITS = 16
_OF_ONE_DELIVERY = (FieldType.DATE, FieldType.DATETIME)


@dataclass(frozen=True)
class MappingMemory:
    """A folder of mapping files, one for each kind and set of headings."""

    folder: Path

    def path_for(self, kind: str, headings: Iterable[str]) -> Path:
        """Name the file for files with these headings."""
        plain = sorted({fold(heading) for heading in headings} - RETURNED_HEADINGS)
        digest = hashlib.sha256("\n".join((kind, *plain)).encode()).hexdigest()
        return self.folder / f"{kind}-{digest[:_DIGITS]}.toml"

    def recall(self, kind: str, headings: Iterable[str]) -> tuple[str, Mapping] | None:
        """Give the mapping that was kept for these headings, and the name of its file.

        Raises
        ------
        MappingError
            Somebody changed the file, and it cannot be read any more.
        """
        path = self.path_for(kind, headings)
        return (path.name, read_mapping(path)) if path.is_file() else None

    def keep(self, kind: str, headings: Iterable[str], text: str) -> Path:
        """Keep the text of a mapping file for these headings.

        Raises
        ------
        OSError
        """
        path = self.path_for(kind, headings)
        self.folder.mkdir(exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
        return path


def lasting_part(mapping: Mapping, kind: Kind) -> Mapping:
    """Give what of a mapping holds for the next delivery, too."""
    days = {field.key for field in kind.fields if field.type in _OF_ONE_DELIVERY}
    return replace(
        mapping,
        where=None,
        datum=None,
        notation=Notation(),
        fixed={name: value for name, value in mapping.fixed.items() if name not in days},
        source=replace(mapping.source, layer=None, headings=frozenset()),
    )
