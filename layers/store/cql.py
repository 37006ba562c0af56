"""Filters: CQL2 as text, parsed by `cql2`, or as JSON, compiled to SQLAlchemy.

The same filter therefore gives the same rows on either backend and at any point in time, and no
text of a user ever becomes part of a statement. Fields have their keys as names, the place of a
feature is called `geometry`; geometries are written in longitude and latitude unless another
system is named.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import cql2
from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    and_,
    func,
    literal,
    not_,
    or_,
)
from sqlalchemy.exc import DataError, InternalError
from sqlalchemy.types import TypeDecorator, TypeEngine

from layers.axes import LONGITUDE_LATITUDE
from layers.errors import FilterError
from layers.store.column_types import UtcDateTime
from layers.store.spatial import GEOMETRY_PROPERTY, RELATIONS, GeometryInvalidError, Place

MAX_FILTER_LENGTH = 10_000
_MAX_DEPTH = 50

# The parser recurses without bound and, at a fault, tries each parenthesis twice over: what goes
# deeper than this, or has more operators, could end or stop the process.
_MAX_PARENTHESES = 10
_MAX_OPERATORS = 200
_LITERAL = re.compile(r"""'(?:[^']|'')*'|"[^"]*\"""")
_OPERATOR = re.compile(r"[-+*/^%]|[<>=]+|\b(?:not|like|between|in|is|div)\b", re.IGNORECASE)

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
}


_ARGUMENTS = {
    **dict.fromkeys((*_COMPARISONS, *_ARITHMETIC, *RELATIONS, "in", "like"), 2),
    **dict.fromkeys(("not", "isNull", "casei"), 1),
    "between": 3,
}
_LARGEST_INTEGER = 2**63 - 1  # of either database


@dataclass(frozen=True)
class Filter:
    """A condition in CQL2; `crs` is that of its geometries."""

    text: str
    is_json: bool = False
    crs: str = LONGITUDE_LATITUDE

    @classmethod
    def of(cls, tree: Any, crs: str = LONGITUDE_LATITUDE) -> Filter:
        """Make a filter of CQL2's JSON form."""
        return cls(json.dumps(tree, ensure_ascii=False), is_json=True, crs=crs)


def compile_filter(
    condition: str | Filter, columns: Mapping[str, ColumnElement[Any]], place: Place | None = None
) -> ColumnElement[bool]:
    """Compile a filter over `columns`, named as the user names them, and the place of features.

    Raises
    ------
    FilterError
        Reasons: `too_long`, `syntax`, `property_unknown`, `operator_unsupported`,
        `type_mismatch`, `not_a_condition`, `geometry_invalid`.
    """
    chosen = Filter(condition) if isinstance(condition, str) else condition
    return _Compiler(chosen, columns, place).condition()


@contextmanager
def refusing_values(condition: str | None) -> Iterator[None]:
    """Say that a filter is at fault where a database cannot compute with its values.

    Raises
    ------
    FilterError
        Reason `value_refused`; a GeoPackage computes with infinity instead.
    """
    try:
        yield
    except (DataError, InternalError) as fault:  # PostGIS has the latter for odd geometries
        if condition is None:
            raise
        found = str(fault.orig).partition("\n")[0]
        refusal = {"text": condition[:200], "reason": "value_refused", "found": found, "known": ()}
        raise FilterError(**refusal) from fault


def is_parsable(text: str) -> bool:
    """Tell whether a filter is small enough for the parser, whatever it says."""
    # An escaped quote may be read in two ways: then nothing is taken for a literal.
    bare = text if "\\'" in text else _LITERAL.sub("", text)
    depth = deepest = 0
    for character in bare:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return (
        len(text) <= MAX_FILTER_LENGTH
        and deepest <= _MAX_PARENTHESES
        and len(_OPERATOR.findall(bare)) <= _MAX_OPERATORS
    )


class _Compiler:
    def __init__(
        self, chosen: Filter, columns: Mapping[str, ColumnElement[Any]], place: Place | None
    ) -> None:
        self.filter = chosen
        self.columns = columns
        self.place = place

    def condition(self) -> ColumnElement[bool]:
        tree = self._tree()
        return self._all_of(tree) if self.place else self._boolean(tree, 0)

    def _tree(self) -> Any:
        text = self.filter.text
        if self.filter.is_json:
            return self._json(text)
        if not is_parsable(text):
            raise self._refusal("too_long", len(text))
        try:
            return cql2.parse_text(text).to_json()
        except Exception as fault:  # cql2 raises the bare Exception of its Rust side
            raise self._refusal("syntax", str(fault).strip()) from fault

    def _json(self, text: str) -> Any:
        if len(text) > MAX_FILTER_LENGTH:
            raise self._refusal("too_long", len(text))
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as fault:
            raise self._refusal("syntax", str(fault)) from fault

    def _all_of(self, tree: Any, depth: int = 0) -> ColumnElement[bool]:
        """Compile what has to hold in any case: it may lead to an index."""
        name, args = (tree.get("op"), tree.get("args")) if isinstance(tree, dict) else (None, None)
        if depth <= _MAX_DEPTH and name == "and" and isinstance(args, list) and args:
            return and_(*(self._all_of(arg, depth + 1) for arg in args))
        if isinstance(name, str) and name in RELATIONS and isinstance(args, list):
            return self._spatial(name, args, is_needed=True)
        return self._boolean(tree, depth)

    def _node(self, node: Any, depth: int) -> ColumnElement[Any]:
        if depth > _MAX_DEPTH:
            raise self._refusal("too_long", depth)
        if isinstance(node, bool | str | int | float):
            return self._literal(node)
        if not isinstance(node, dict):
            raise self._refusal("type_mismatch", node)
        if "property" in node:
            return self._property(node["property"])
        if "date" in node:
            return self._moment(node["date"], dt.date.fromisoformat, Date())
        if "timestamp" in node:
            return self._moment(node["timestamp"], dt.datetime.fromisoformat, UtcDateTime())
        if "op" in node:
            return self._operation(node["op"], node.get("args"), depth + 1)
        raise self._refusal("operator_unsupported", next(iter(node), "?"))

    def _literal(self, value: bool | str | float) -> ColumnElement[Any]:  # noqa: FBT001
        if isinstance(value, str) and ("\0" in value or not _is_text(value)):
            raise self._refusal("type_mismatch", ascii(value))
        if isinstance(value, float) and not math.isfinite(value):
            raise self._refusal("type_mismatch", value)
        if not isinstance(value, bool | str | float) and abs(value) > _LARGEST_INTEGER:
            raise self._refusal("type_mismatch", value)
        return literal(value)

    def _property(self, name: Any) -> ColumnElement[Any]:
        if not isinstance(name, str) or name not in self.columns:
            raise self._refusal("property_unknown", name)
        return self.columns[name]

    def _moment(
        self, text: Any, parse: Callable[[str], dt.date], of: TypeEngine[Any]
    ) -> ColumnElement[Any]:
        try:
            return literal(parse(text), of)
        except (ValueError, TypeError) as fault:
            raise self._refusal("type_mismatch", text) from fault

    def _operation(self, name: Any, args: Any, depth: int) -> ColumnElement[Any]:
        if not isinstance(name, str):
            raise self._refusal("operator_unsupported", name)
        if not isinstance(args, list) or len(args) != _ARGUMENTS.get(name, len(args) or -1):
            raise self._refusal("syntax", name)
        if name in {"and", "or"}:
            parts = [self._boolean(arg, depth) for arg in args]
            return and_(*parts) if name == "and" else or_(*parts)
        if name == "not":
            return _negated(self._boolean(args[0], depth))
        if name == "isNull":
            return self._is_null(args[0], depth)
        if name in _COMPARISONS:
            left, right = self._alike(*(self._node(arg, depth) for arg in args))
            return _COMPARISONS[name](left, right)
        if name in RELATIONS:
            return self._spatial(name, args, is_needed=False)
        return self._other(name, args, depth)

    def _is_null(self, node: Any, depth: int) -> ColumnElement[bool]:
        if self.place is not None and node == {"property": GEOMETRY_PROPERTY}:
            return self.place.is_missing
        return self._node(node, depth).is_(None)

    def _spatial(self, name: str, args: list[Any], *, is_needed: bool) -> ColumnElement[bool]:
        """Compare the place of features with one geometry, whichever comes first."""
        if len(args) != _ARGUMENTS[name]:
            raise self._refusal("syntax", name)
        asked = [isinstance(arg, dict) and arg.get("property") for arg in args]
        if self.place is None or asked.count(GEOMETRY_PROPERTY) != 1:
            found = next((one for one in asked if one and one != GEOMETRY_PROPERTY), name)
            raise self._refusal("property_unknown" if found != name else "type_mismatch", found)
        at = asked.index(GEOMETRY_PROPERTY)
        relation, node = RELATIONS[name][at], args[1 - at]
        if not isinstance(node, dict):
            raise self._refusal("geometry_invalid", node)
        try:
            return self.place.condition(relation, node, self.filter.crs, is_needed=is_needed)
        except GeometryInvalidError as fault:
            raise self._refusal("geometry_invalid", str(fault)) from fault

    def _other(self, name: Any, args: list[Any], depth: int) -> ColumnElement[Any]:
        if name == "in":
            return self._in(args, depth)
        if name == "between":
            value, low, high = (self._node(arg, depth) for arg in args)
            return and_(value >= self._alike(value, low)[1], value <= self._alike(value, high)[1])
        if name == "like":
            value, pattern = (self._of("text", arg, depth) for arg in args)
            return value.like(pattern, escape="\\")
        if name == "casei":
            return _lowered(self._of("text", args[0], depth))
        if name in _ARITHMETIC:
            return _ARITHMETIC[name](*(self._of("number", arg, depth) for arg in args))
        raise self._refusal("operator_unsupported", name)

    def _in(self, args: list[Any], depth: int) -> ColumnElement[bool]:
        if not isinstance(args[1], list) or not args[1]:
            raise self._refusal("syntax", "in")
        needle = self._node(args[0], depth)
        return needle.in_([self._alike(needle, self._node(a, depth))[1] for a in args[1]])

    def _of(self, family: str, node: Any, depth: int) -> ColumnElement[Any]:
        value = self._node(node, depth)
        if _family(value.type) != family:
            raise self._refusal("type_mismatch", str(node))
        return value

    def _boolean(self, node: Any, depth: int) -> ColumnElement[bool]:
        condition = self._node(node, depth)
        if not isinstance(condition.type, Boolean):
            raise self._refusal("not_a_condition", str(node))
        return condition

    def _alike(
        self, left: ColumnElement[Any], right: ColumnElement[Any]
    ) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        if _family(left.type) != _family(right.type):
            raise self._refusal("type_mismatch", f"{left} ~ {right}")
        return left, right

    def _refusal(self, reason: str, found: object) -> FilterError:
        return FilterError(
            text=self.filter.text[:200], reason=reason, found=found, known=tuple(self.columns)
        )


def _is_text(value: str) -> bool:
    """Tell whether a text can be written at all: halves of a surrogate pair cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _lowered(text: ColumnElement[Any]) -> ColumnElement[Any]:
    """Lower the letters A to Z, as the databases do for columns, and no others."""
    if isinstance(text, BindParameter):  # there a server would go by its own language
        return literal(str(text.value).encode().lower().decode())
    return func.lower(text)


def _negated(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    negated = not_(condition)
    negated.type = Boolean()  # SQLAlchemy forgets it where several conditions are negated together
    return negated


def _family(of: TypeEngine[Any]) -> str:
    """Name the sort of values that may be compared with each other."""
    plain = of.impl if isinstance(of, TypeDecorator) else of
    if isinstance(plain, Boolean):
        return "boolean"
    if isinstance(plain, DateTime):
        return "moment"
    if isinstance(plain, Date):
        return "date"
    return "number" if isinstance(plain, Integer | Float | Numeric) else "text"
