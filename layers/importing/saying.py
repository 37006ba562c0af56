"""What a workbook of ours says of itself, and what the user says instead."""

from __future__ import annotations

from dataclasses import replace

from layers.exporting.workbook.notes import version_of
from layers.importing.readers import Remark
from layers.importing.source import Source
from layers.kinds import Kind


def said_datum(source: Source, kind: Kind, declared: str | None) -> tuple[Source, str | None]:
    """Choose the datum: what the user declares, else what the workbook says; say which it was."""
    remarks = [*source.remarks]
    if source.versions.get(kind.key, version_of(kind)) != version_of(kind):
        remarks.append(Remark("made_for_other_fields", {"kind": kind.key}))
    said = source.datum_said
    if said is not None and source.geometry is not None and kind.is_spatial:
        if declared is None:
            remarks.append(Remark("datum_said", {"datum": said}))
        elif declared != said:
            remarks.append(Remark("datum_said_otherwise", {"said": said, "datum": declared}))
    return replace(source, remarks=tuple(remarks)), declared or said
