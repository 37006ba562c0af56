"""What an analysis writes into a file, whole or not at all, in the format that its name says."""

from collections.abc import Callable, Mapping
from pathlib import Path

from api.cli.console import Console
from api.cli.reporting import draft_folder
from api.listing import printed
from api.tables import Table

__all__ = ["Writers", "print_table", "write_as"]

Writers = Mapping[str, Callable[[Path], None]]
"""By ending, what writes the file."""


def write_as(path: Path, writers: Writers, console: Console) -> None:
    """Write in the format that the file's name ends with."""
    with draft_folder(path) as folder:
        draft = Path(folder) / path.name
        writers[path.suffix.lower()](draft)
        draft.replace(path)
    console.note("cli.coverage.written", path=str(path))


def print_table(table: Table, console: Console) -> None:
    """Print a table."""
    headings, rows, numbers = printed(table, console.texts)
    console.table(headings, rows, right=numbers)
