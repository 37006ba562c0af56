"""A mapping written down as the file that `mapping_file` reads, with a comment on each part."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from layers.importing.mapping import How
from layers.importing.mapping import Mapping as UserMapping
from layers.importing.mapping_file import SOURCE_KEYS
from layers.importing.plan import Plan

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DELETE = "\x7f"  # may stand in JSON, not in TOML


def used_mapping(plan: Plan) -> UserMapping:
    """Give the mapping of an import in full: every column said, the datum too.

    What was said of single rows is left out: it holds for no other file.
    """
    prepared = plan.prepared
    return replace(
        prepared.mapping,
        columns={
            match.field.key: match.columns
            for match in prepared.matches.fields
            if match.columns and match.how is not How.KEY
        },
        datum=prepared.datum.name if prepared.datum else prepared.mapping.datum,
        notation=prepared.mapping.notation.of_all_rows(),
    )


def mapping_text(mapping: UserMapping, comments: Mapping[str, str]) -> str:
    """Write a mapping as TOML; `comments` holds a line for `file` and for each key or table.

    Examples
    --------
    >>> print(mapping_text(UserMapping(key=("编号",)), {"key": "what identifies a row"}).strip())
    key = ["编号"] # what identifies a row
    date_order = "ymd"
    time_zone = "Asia/Shanghai"
    automatic = true
    """
    return "\n".join(_lines(mapping, comments)) + "\n"


def _lines(mapping: UserMapping, comments: Mapping[str, str]) -> Iterator[str]:
    if "file" in comments:
        yield from (f"# {line}" for line in comments["file"].splitlines())
        yield ""
    top = {
        "datum": mapping.datum,
        "key": list(mapping.key) or None,
        "where": mapping.where,
        "date_order": mapping.date_order,
        "time_zone": mapping.time_zone,
        "automatic": mapping.automatic,
        "repair": mapping.repair or None,
        "divisions_as_of": mapping.divisions.as_of,
    }
    for name, value in top.items():
        if value is not None:
            yield _pair(name, value, comments.get(name))
    yield from _table("source", _source(mapping), comments)
    columns = {
        name: said[0] if len(said) == 1 else list(said) for name, said in mapping.columns.items()
    }
    yield from _table("columns", columns, comments)
    for name, words in mapping.words.items():
        yield from _table(f"values.{_key(name)}", words, comments, about="values")
    yield from _table("set", mapping.fixed, comments)
    if coordinates := mapping.notation.to_toml():
        yield ""
        yield coordinates
    for alias in mapping.divisions.own:
        yield ""
        yield "[[divisions]]"
        for key, value in vars(alias).items():
            if value not in (None, ""):
                yield _pair(key, value, None)


def _source(mapping: UserMapping) -> dict[str, object]:
    source = mapping.source
    said = {name: getattr(source, name) for name in SOURCE_KEYS}
    said["header"] = list(source.header)
    return {name: value for name, value in said.items() if value not in (None, [], False)}


def _table(
    name: str, content: Mapping[str, object], comments: Mapping[str, str], about: str | None = None
) -> Iterator[str]:
    if not content:
        return
    said = comments.get(about or name)
    yield ""
    yield f"[{name}]" + (f" # {said}" if said else "")
    for key, value in content.items():
        yield _pair(key, value, None)


def _pair(key: str, value: object, comment: str | None) -> str:
    return f"{_key(key)} = {_value(value)}" + (f" # {comment}" if comment else "")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return repr(value) if isinstance(value, int | float) else _string(str(value))


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace(_DELETE, "\\u007f")
