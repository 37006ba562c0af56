"""Which rows of a file to take: a CQL2 filter over its own columns.

Missing cells follow the logic of SQL: a comparison with nothing is neither true nor false, and
only rows for which the whole filter is true are taken. Numbers compare with cells that read as
numbers, so that a text column of a CSV can be compared too. Places are not filtered: CQL2 writes
them in longitude and latitude, the file in whatever it has.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import cql2
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas import DataFrame, Series

from layers.importing.errors import WhereColumnError, WhereSyntaxError, WhereUnsupportedError
from layers.store.cql import is_parsable

_SHOWN = 200  # characters of a filter that is too long to be read

Node = Any  # of the parsed filter: operations, properties, literals, lists of them

_COMPARISONS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "=": operator.eq,
        "<>": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)


def rows_where(frame: DataFrame, text: str) -> NDArray[np.bool_]:
    """Tell for every row of `frame` whether the CQL2 filter `text` holds.

    Raises
    ------
    WhereError

    Examples
    --------
    >>> ledger = DataFrame({"levels": ["3", "12", None]}, dtype=object)
    >>> rows_where(ledger, "levels >= 6").tolist()
    [False, True, False]
    """
    if not is_parsable(text):
        raise WhereSyntaxError(where=text[:_SHOWN], reason="too_long")
    try:
        node = cql2.parse_text(text).to_json()
    except Exception as error:  # the parser raises nothing narrower
        raise WhereSyntaxError(where=text, reason=str(error)) from error
    return _truth(frame, node).fillna(value=False).to_numpy(dtype=bool)


def _truth(frame: DataFrame, node: Node) -> Series[Any]:
    if isinstance(node, bool):
        return Series(node, index=frame.index, dtype="boolean")
    if not isinstance(node, dict) or "op" not in node:
        raise _unsupported(node)
    name, arguments = node["op"], node["args"]
    if name in _COMPARISONS:
        return _compare(frame, name, arguments)
    if name not in _OPERATIONS:
        raise _unsupported(name)
    return _OPERATIONS[name](frame, arguments)


def _and(frame: DataFrame, arguments: Sequence[Node]) -> Series[Any]:
    result = _truth(frame, arguments[0])
    for argument in arguments[1:]:
        result = result & _truth(frame, argument)
    return result


def _or(frame: DataFrame, arguments: Sequence[Node]) -> Series[Any]:
    result = _truth(frame, arguments[0])
    for argument in arguments[1:]:
        result = result | _truth(frame, argument)
    return result


def _not(frame: DataFrame, arguments: Sequence[Node]) -> Series[Any]:
    return ~_truth(frame, arguments[0])


def _is_null(frame: DataFrame, arguments: Sequence[Node]) -> Series[Any]:
    return _cells(frame, arguments[0]).isna().astype("boolean")


def _compare(frame: DataFrame, name: str, arguments: Sequence[Node]) -> Series[Any]:
    left, right = (_cells(frame, argument) for argument in arguments)
    literals = [value for value in map(_literal, arguments) if value is not None]
    form = _form_of(literals[0]) if literals else _text_form
    left, right = left.map(form, na_action="ignore"), right.map(form, na_action="ignore")
    known = left.notna() & right.notna()
    result = Series(pd.NA, index=frame.index, dtype="boolean")
    result[known] = _COMPARISONS[name](left[known], right[known]).astype("boolean")
    return result


def _between(frame: DataFrame, arguments: Sequence[Node]) -> Series[Any]:
    value, low, high = arguments
    return _compare(frame, ">=", (value, low)) & _compare(frame, "<=", (value, high))


def _in(frame: DataFrame, arguments: Sequence[Node]) -> Series[Any]:
    value, options = arguments
    if not isinstance(options, list):
        raise _unsupported(options)
    found = Series(data=False, index=frame.index, dtype="boolean")
    for option in options:
        found = found | _compare(frame, "=", (value, option))
    return found


def _like(frame: DataFrame, arguments: Sequence[Node]) -> Series[Any]:
    value, pattern = arguments
    ignoring_case = isinstance(pattern, dict)
    text = _cells(frame, pattern).iloc[0]
    if not isinstance(text, str):
        raise _unsupported(pattern)
    parts = (re.escape(part).replace("_", ".") for part in text.split("%"))
    expression = re.compile(".*".join(parts), re.DOTALL | (re.IGNORECASE if ignoring_case else 0))
    cells = _cells(frame, value).map(_text_form, na_action="ignore")
    return cells.map(
        lambda cell: expression.fullmatch(cell) is not None, na_action="ignore"
    ).astype("boolean")


_OPERATIONS: Mapping[str, Callable[[DataFrame, Sequence[Node]], Series[Any]]] = MappingProxyType(
    {
        "and": _and,
        "or": _or,
        "not": _not,
        "isNull": _is_null,
        "between": _between,
        "in": _in,
        "like": _like,
    }
)


def _cells(frame: DataFrame, node: Node) -> Series[Any]:
    """Give the values of a property, a folded one, or a literal, one for each row."""
    if isinstance(node, dict) and "property" in node:
        if node["property"] not in frame.columns:
            raise WhereColumnError(column=node["property"], columns=list(frame.columns))
        return frame[str(node["property"])]
    if isinstance(node, dict) and node.get("op") == "casei":
        cells = _cells(frame, node["args"][0]).map(_text_form, na_action="ignore")
        return cells.map(str.casefold, na_action="ignore")
    literal = _literal(node)
    if literal is None:
        raise _unsupported(node)
    return Series(literal, index=frame.index, dtype=object)


def _literal(node: Node) -> str | float | bool | None:
    if isinstance(node, str | bool | int | float):
        return node
    if isinstance(node, dict) and ("date" in node or "timestamp" in node):
        return str(node.get("date") or node.get("timestamp"))
    return None


def _form_of(literal: object) -> Callable[[object], object]:
    if isinstance(literal, bool):
        return _truth_form
    return _text_form if isinstance(literal, str) else _number_form


def _text_form(cell: object) -> str:
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _number_form(cell: object) -> float | None:
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _truth_form(cell: object) -> bool | None:
    if isinstance(cell, bool):
        return cell
    return {"true": True, "false": False, "1": True, "0": False}.get(_text_form(cell).casefold())


def _unsupported(found: object) -> WhereUnsupportedError:
    allowed = [*_COMPARISONS, *_OPERATIONS, "casei"]
    return WhereUnsupportedError(found=str(found), allowed=allowed)
