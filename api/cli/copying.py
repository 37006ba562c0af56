"""What the commands share that copy a whole store."""

from pathlib import Path

from api.cli.console import Console
from api.cli.reporting import require_folder
from layers import Copied


def require_free_file(place: str) -> None:
    """Refuse a file whose folder is not there; whether a URL is of use is found out later.

    Raises
    ------
    FolderMissingError
    """
    if "://" not in place:
        require_folder(Path(place))


def print_copied(key: str, source: str, copied: Copied, console: Console, *, json: bool) -> None:
    """Say what was copied where, and that it is the same."""
    if json:
        console.json({"source": source, **vars(copied)})
        return
    console.say(key, source=source, place=copied.place, changeset=copied.changeset)
    console.say("cli.copying.source_hash", hash=copied.source_hash)
    console.say("cli.copying.copy_hash", hash=copied.copy_hash)
