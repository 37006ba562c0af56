"""What GDAL says, as codes: its sentences are English and meant for programmers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from layers.importing.errors import SourceUnreadableError

_DAMAGED = (
    "malformed|not a database|disk image|corrupt|truncat|unexpected end|short read|cannot read"
    "|i/o (failure|error)|read error|failed to read|fread|parsing error|parse error|syntax error"
    "|not well-formed|invalid token|no element found|unclosed"
)
_REASONS: Sequence[tuple[str, re.Pattern[str]]] = tuple(
    (reason, re.compile(words, re.IGNORECASE))
    for reason, words in (
        ("locked", "permission denied|database is locked"),
        ("password", "encrypted|password"),
        ("damaged", _DAMAGED),
        ("format_unknown", "not recognized|no driver|unsupported|no layers"),
    )
)


def unreadable(path: Path, error: Exception) -> SourceUnreadableError:
    """Make the refusal of a file that GDAL cannot read; its own words become a detail."""
    detail = without_folder(path, str(error))
    reason = next((code for code, words in _REASONS if words.search(detail)), "driver")
    return SourceUnreadableError(file=path.name, reason=reason, detail=detail)


def without_folder(path: Path, message: str) -> str:
    """Strip from GDAL's words the path; only the file's name may leave this process."""
    return message.replace(str(path), path.name).replace(f"{path.parent}/", "")
