"""What an analysis writes into a file, whole or not at all, in the format that its name says."""

from pathlib import Path

from api.cli.console import Console
from api.cli.reporting import draft_folder
from api.drawings import write_result
from api.listing import printed
from api.tables import Table
from layers.analysis import Made

__all__ = ["print_table", "write_made"]


def write_made(made: Made, path: Path, console: Console) -> None:
    """Write in the format that the file's name ends with."""
    with draft_folder(path) as folder:
        draft = Path(folder) / path.name
        write_result(made, draft, console.texts)
        draft.replace(path)
    console.note("cli.coverage.written", path=str(path))


def print_table(table: Table, console: Console) -> None:
    """Print a table."""
    headings, rows, numbers = printed(table, console.texts)
    console.table(headings, rows, right=numbers)
