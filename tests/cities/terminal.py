"""The command line as somebody types it, and what it answered."""

import json
import re
import shlex
import time
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from api.cli.main import run_command_line

PAGE = Path(__file__).resolve().parents[2] / "docs/real-city.md"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Desk:
    """A folder with a city's files, where commands are typed."""

    folder: Path
    # What became of each file, by command and file; and the seconds of each command.
    reports: dict[tuple[str, str], Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def lay_out(self, files: Path) -> None:
        """Put a city's files on the desk."""
        for path in files.iterdir():
            target = self.folder / path.name
            if not target.exists():
                target.symlink_to(path)

    def type(self, line: str, *, lang: str = "en") -> Answer:
        """Type one line, the program's name in front or not."""
        words = shlex.split(line)
        begin = time.perf_counter()
        with (
            chdir(self.folder),
            redirect_stdout(StringIO()) as out,
            redirect_stderr(StringIO()) as err,
        ):
            code = run_command_line(["--lang", lang, *words[words[0] == "greengrid" :]])
        seconds = time.perf_counter() - begin
        self.seconds[line] = seconds
        return Answer(code, out.getvalue(), err.getvalue(), seconds)

    def ask(self, line: str) -> Any:
        """Type a line that must succeed; give its JSON."""
        answer = self.type(f"{line} --json")
        assert answer.code == 0, answer.err
        return answer.json

    def take(self, line: str) -> None:
        """Type an import and keep its report."""
        answer = self.type(f"{line} --author planner --json")
        assert answer.code in {0, 1}, answer.err
        _, _, kind, file = shlex.split(line)[:4]
        self.reports[kind, file] = answer.json


def page_files() -> dict[str, str]:
    """Give the files that the page shows, by the names in their first lines."""
    blocks = [text for word, text in _blocks() if word == "toml"]
    return {text.splitlines()[0].removeprefix("# "): text for text in blocks}


def page_commands(store: str) -> list[str]:
    """Give the commands of the page that speak of a store."""
    lines = [line for word, text in _blocks() if word == "sh" for line in text.splitlines()]
    return [line for line in lines if store in line]


def _blocks() -> Iterator[tuple[str, str]]:
    for match in _FENCE.finditer(PAGE.read_text("utf-8")):
        yield match[1], match[2]
