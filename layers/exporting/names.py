"""Names of fields as a shapefile has them."""

from __future__ import annotations

from collections.abc import Iterable

_DBF_NAME_LENGTH = 10


def cut_names(names: Iterable[str]) -> dict[str, str]:
    """Cut names to the ten characters of a shapefile, each still its own.

    Examples
    --------
    >>> cut_names(["note", "component_code", "component_count"])
    {'note': 'note', 'component_code': 'component_', 'component_count': 'componen_1'}
    """
    cut: dict[str, str] = {}
    for name in names:
        short, copy = name[:_DBF_NAME_LENGTH], 0
        while short in cut.values():
            copy += 1
            ending = f"_{copy}"
            short = name[: _DBF_NAME_LENGTH - len(ending)] + ending
        cut[name] = short
    return cut
