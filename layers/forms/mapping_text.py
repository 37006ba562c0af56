"""A mapping as the text of its file, to be completed by hand."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from layers.forms.errors import FormOutputError
from layers.forms.mapping import FormMapping, TableMapping


def require_new(path: Path) -> None:
    """Refuse to write a proposal over a mapping that somebody may have completed.

    Raises
    ------
    FormOutputError
    """
    if path.suffix.lower() != ".toml":
        raise FormOutputError(file=path.name, reason="not_toml")
    if path.exists():
        raise FormOutputError(file=path.name, reason="exists")
    if not path.parent.is_dir():
        raise FormOutputError(file=str(path), reason="folder")


def mapping_text(mapping: FormMapping, *, remarks: Mapping[str, str] | None = None) -> str:
    """Write a mapping as TOML.

    `remarks` are lines to be written as comments: under `""` at the top, under a measure beside
    every expression of that measure.
    """
    said = remarks or {}
    top = [f"# {line}" for line in said.get("", "").splitlines()]
    lines = [*top, ""] if top else []
    for cell in mapping.cells:
        place = {"sheet": cell.sheet, "cell": cell.cell, "label": cell.label}
        if cell.overwrite:
            place["overwrite"] = True  # type: ignore[assignment]  # of several types
        lines += _lines("[[cell]]", {**place, **cell.expression.plain()}, said)
    for table in mapping.tables:
        lines += _lines("[[table]]", _table(table), {})
        for column in table.columns:
            place = {"column": column.column, "heading": column.heading}
            lines += _lines("[[table.column]]", {**place, **column.expression.plain()}, said)
    return "\n".join(lines)


def _table(table: TableMapping) -> dict[str, Any]:
    said = {
        "sheet": table.sheet,
        "header": list(table.header),
        "units": table.units,
        "level": table.level,
        "kind": table.kind,
        "where": table.where,
        "within": table.within,
        "overwrite": table.overwrite,
    }
    return {name: value for name, value in said.items() if value not in (None, False)}


def _lines(heading: str, values: Mapping[str, Any], remarks: Mapping[str, str]) -> Iterator[str]:
    yield heading
    for name, value in values.items():
        remark = remarks.get(str(value), "") if name == "measure" else ""
        yield f"{name} = {_value(value)}" + (f"  # {remark}" if remark else "")
    yield ""


def _value(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    # What JSON writes of texts, numbers, truths and lists of them is TOML, too.
    return json.dumps(value, ensure_ascii=False)
