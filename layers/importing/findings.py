"""The notebook in which the steps of an import write what is wrong with which row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from layers.importing.problems import PROBLEMS, Problem, Severity, shown


class Findings:
    """Collect problems by position (0-based) and count what was quietly changed.

    `row_numbers` says how the file itself counts each position. `rejected` and `warned` tell for
    each position whether something was found that costs the row, or one of its values, `noticed`
    whether somebody should look at it although it is taken whole; `unreadable` lists by field the
    positions whose value is left out. `notes` counts rows to which something happened that is no
    problem, such as heights that were dropped.
    """

    def __init__(self, row_numbers: NDArray[np.int64]) -> None:
        self.row_numbers = row_numbers
        self.rejected: NDArray[np.bool_] = np.zeros(len(row_numbers), dtype=bool)
        self.warned: NDArray[np.bool_] = np.zeros(len(row_numbers), dtype=bool)
        self.noticed: NDArray[np.bool_] = np.zeros(len(row_numbers), dtype=bool)
        self.unreadable: dict[str, list[int]] = {}
        self.notes: dict[str, int] = {}
        self._problems: list[Problem] = []

    def add(self, position: int, code: str, field: str | None = None, **values: object) -> None:
        """Write down a problem; an error rejects its row."""
        severity = PROBLEMS[code].severity
        if severity is Severity.ERROR:
            self.rejected[position] = True
        elif severity is Severity.NOTICE:
            self.noticed[position] = True
        self._write(position, code, field, severity, values)

    def leave_out(self, position: int, code: str, field: str, **values: object) -> None:
        """Write down a value that cannot be read: its row is taken without it."""
        if PROBLEMS[code].grave:
            self.add(position, code, field, **values)
            return
        self.warned[position] = True
        self.unreadable.setdefault(field, []).append(position)
        self._write(position, code, field, Severity.WARNING, values)

    def _write(
        self,
        position: int,
        code: str,
        field: str | None,
        severity: Severity,
        values: Mapping[str, object],
    ) -> None:
        names = PROBLEMS[code].names
        if set(values) != set(names):
            message = f"{code} takes {names}, not {tuple(values)}"
            raise TypeError(message)
        shortened = {name: _plain(value) for name, value in values.items()}
        row = int(self.row_numbers[position])
        self._problems.append(Problem(row, code, field, shortened, severity))

    def note(self, what: str, rows: int) -> None:
        """Count rows to which `what` happened; zero is not worth a note."""
        if rows:
            self.notes[what] = self.notes.get(what, 0) + rows

    def problems(self) -> tuple[Problem, ...]:
        """List all problems by row, those of one row as they were found."""
        return tuple(sorted(self._problems, key=lambda problem: problem.row))


def _plain(value: object) -> object:
    if isinstance(value, list | tuple | set | frozenset):
        return [shown(item) for item in _ordered(value)]
    if isinstance(value, np.generic):
        return value.item()
    return shown(value)


def _ordered(value: Iterable[object]) -> list[object]:
    return sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
