"""The command line as a test types it, and how to see that nothing was touched."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.texts import Lang, catalogue

# Words of another language in a Chinese sentence: names stand alone, sentences do not.
# A command that is quoted is no English, whatever letters the number behind it begins with.
ENGLISH = re.compile(r"\b(?!greengrid )[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")


@dataclass(frozen=True)
class Said:
    """What one command left behind: its exit code and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Read standard output as the one JSON document that it must be."""
        return json.loads(self.out)


Shell = Callable[..., Said]


def sentence(key: str, lang: Lang) -> re.Pattern[str]:
    """Make a pattern of a sentence of the catalogue, whatever values stand in it."""
    parts = re.split(r"\{\w+\}", catalogue()[key].template(lang))
    return re.compile(".*".join(re.escape(part) for part in parts) + r"\s*", re.DOTALL)


def fingerprint(store: Path, *, besides: str = "") -> str:
    """Hash every row of every table, so that not a bit of a store may change unseen."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True)) as database:
        schema = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY name"
        for name, statement in database.execute(schema).fetchall():
            if name == besides:
                continue
            digest.update(f"{name} {statement}".encode())
            for row in database.execute(f'SELECT * FROM "{name}" ORDER BY 1'):
                digest.update(repr(row).encode())
    return digest.hexdigest()


def names_in(folder: Path) -> set[str]:
    """Name everything below a folder; the log that SQLite keeps beside an open store apart."""
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if not path.name.endswith((".gpkg-wal", ".gpkg-shm"))
    }
