"""Single questions, asked with the driver alone: those that come after every commit.

SQLAlchemy writes the statement, and that once. What it does around each execution takes as long as
the server takes to answer. A single statement sees one state, so that no transaction is begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple, cast

import psycopg
from sqlalchemy import Dialect, Engine, Select
from sqlalchemy.exc import ProgrammingError

_MOST = 200  # so many statements are kept as they are written


class _Written(NamedTuple):
    """A statement in the server's words, and what makes of its columns what we read."""

    text: str
    given: Mapping[str, Any]
    read: Sequence[tuple[int, Callable[[Any], Any]]]


def ask(
    engine: Engine, statement: Select[Any], given: Mapping[str, Any]
) -> Sequence[Sequence[Any]]:
    """Give the rows of a statement, of which there should be few kinds.

    Raises
    ------
    sqlalchemy.exc.ProgrammingError
        The server does not understand it.
    psycopg.Error, sqlalchemy.exc.DBAPIError
        Anything else.
    """
    written = _written(statement, engine.dialect)
    with _driver_of(engine) as driver:
        try:
            cursor = driver.execute(written.text, {**written.given, **given}, binary=True)
            rows = cursor.fetchall()
        except psycopg.ProgrammingError as fault:
            raise ProgrammingError(written.text, dict(given), fault) from fault
    return [_read(row, written.read) for row in rows] if written.read else rows


def _read(row: Sequence[Any], how: Sequence[tuple[int, Callable[[Any], Any]]]) -> Sequence[Any]:
    values = list(row)
    for place, read in how:
        values[place] = read(values[place])
    return values


@lru_cache(_MOST)
def _written(statement: Select[Any], dialect: Dialect) -> _Written:
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    read = []
    for place, column in enumerate(statement.selected_columns):
        of_type = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if of_type is not None:
            read.append((place, of_type))
    return _Written(str(compiled), dict(compiled.params), read)


@contextmanager
def _driver_of(engine: Engine) -> Iterator[psycopg.Connection]:
    """Borrow a connection of the pool that commits by itself."""
    held = engine.raw_connection()
    driver = cast("psycopg.Connection", held.driver_connection)
    try:
        driver.autocommit = True
        yield driver
        driver.autocommit = False
    except BaseException as fault:
        held.invalidate(fault)  # nobody else may be given one that commits by itself
        raise
    finally:
        held.close()
