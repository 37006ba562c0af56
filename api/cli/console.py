"""What commands print: results on standard output, everything else on standard error."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import rich.console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from api.texts import Texts

_WIDTH_OF_FILES = 200
_YES = frozenset({"y", "yes", "是", "好", "对", "1", "ｙ"})


class Exit(IntEnum):
    """Exit codes."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    DATA = 3


class Console:
    """Print in one language; text of users and files is never read as markup."""

    def __init__(self, texts: Texts) -> None:
        """Print with the sentences of `texts`."""
        self.texts = texts
        # A file or a pipe has no width: no table is to be cut for it.
        width = None if sys.stdout.isatty() else _WIDTH_OF_FILES
        self._out = rich.console.Console(
            file=sys.stdout, highlight=False, soft_wrap=True, width=width
        )
        self._err = rich.console.Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def json(self, value: Any) -> None:
        """Print one JSON document, for machines."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")

    def say(self, key: str, **values: Any) -> None:
        """Print a sentence of the catalogue."""
        self.line(self.texts(key, **values))

    def line(self, text: str) -> None:
        """Print a line as it is."""
        self._out.print(Text(text))

    def note(self, key: str, **values: Any) -> None:
        """Tell something about the work on standard error."""
        self._err.print(Text(self.texts(key, **values)))

    def problem(self, text: str) -> None:
        """Print what went wrong, on standard error."""
        self._err.print(Text(text))

    def confirmed(self, key: str) -> bool:
        """Ask for a yes where somebody sits at the terminal; where nobody does it is one."""
        if not sys.stdin.isatty():
            return True
        self._err.print(Text(self.texts(key)), end=" ")
        return sys.stdin.readline().strip().casefold() in _YES

    def table(
        self, headings: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()
    ) -> None:
        """Print a table; columns numbered in `right` hold numbers."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for position, heading in enumerate(headings):
            table.add_column(Text(heading), justify="right" if position in right else "left")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self._out.print(table)

    @contextmanager
    def working(self, key: str, **values: Any) -> Iterator[None]:
        """Show on standard error that something is under way, where somebody is looking."""
        if not self._err.is_terminal:
            yield
            return
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._err, transient=True) as progress:
            progress.add_task(self.texts(key, **values))
            yield

    @contextmanager
    def steps(self, key: str) -> Iterator[Callable[[str, int, int], None]]:
        """Give what is to be told each step by name, how much of it is done, and of how much.

        Where somebody is looking, each step has a bar on standard error; its title is `key.step`.
        Of a step of which nobody knows how much there is, it only shows that it goes on.
        """
        if not self._err.is_terminal:
            yield lambda _step, _done, _total: None
            return
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
        )
        tasks: dict[str, TaskID] = {}
        with Progress(*columns, console=self._err, transient=True) as progress:

            def tell(step: str, done: int, total: int) -> None:
                title = self.texts(f"{key}.{step}", total=total)
                if step not in tasks:
                    tasks[step] = progress.add_task(title)
                progress.update(tasks[step], description=title, completed=done, total=total or None)

            yield tell
