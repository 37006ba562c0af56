"""Where things stand in a TOML file, which its reader does not tell.

A path is written as people count: `field[2].type` is the key `type` of the second `[[field]]`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEADER = re.compile(r"\s*\[(\[)?\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=\s*(\[\s*(?:#.*)?$)?")
_ITEM = re.compile(r"\s*\{")
_SEGMENT = re.compile(r"(\.[^.\[]+|\[\d+\])$")


def line_numbers(text: str) -> dict[str, int]:
    r"""Find the line of every table, of every key and of every table within a list.

    Examples
    --------
    >>> line_numbers('key = "a"\n[[field]]\nkey = "b"\n')
    {'key': 1, 'field[1]': 2, 'field[1].key': 3}
    """
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    inside = listed = ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            inside, listed = _path(header[2], counts, is_list=bool(header[1])), ""
            found.setdefault(inside, number)
        elif key := _KEY.match(line):
            path = f"{inside}.{key[1]}" if inside else key[1]
            found.setdefault(path, number)
            listed = path if key[2] else ""
        elif listed and _ITEM.match(line):
            counts[listed] = counts.get(listed, 0) + 1
            found.setdefault(f"{listed}[{counts[listed]}]", number)
    return found


def line_of(path: str, lines: Mapping[str, int]) -> int | None:
    """Find the line of a path, or of the nearest thing around it; None where nothing is known.

    Examples
    --------
    >>> line_of("field[1].unit", {"field[1]": 2})
    2
    """
    while path:
        if path in lines:
            return lines[path]
        shorter = _SEGMENT.sub("", path)
        path = shorter if shorter != path else ""
    return None


def _path(name: str, counts: dict[str, int], *, is_list: bool) -> str:
    """Write the path of the table `name` with the numbers of lists; `is_list` begins a new item."""
    path = ""
    *above, last = name.split(".")
    for segment in above:
        path = f"{path}.{segment}" if path else segment
        path = f"{path}[{counts[path]}]" if path in counts else path
    path = f"{path}.{last}" if path else last
    if not is_list:
        return path
    counts[path] = counts.get(path, 0) + 1
    return f"{path}[{counts[path]}]"
