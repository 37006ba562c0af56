"""The files of this repository, as git knows them."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def tracked_files() -> tuple[Path, ...]:
    """List what is or would be committed; without git (a source distribution), what lies there."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file()))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


@cache
def tracked_text() -> dict[str, str]:
    """Read every tracked text file, by its path from the root."""
    texts: dict[str, str] = {}
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[path.relative_to(ROOT).as_posix()] = content.decode("utf-8")
    return texts
