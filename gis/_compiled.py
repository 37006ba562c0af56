"""Inner loops as machine code, kept on disk for the next process.

numba keeps it beside the package, or else among the user's caches. Where neither can be written,
as in a container with a read-only image and no home, it goes to a folder of this user alone among
the temporary files; where there is none either, each process compiles anew.
"""

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba import njit

__all__ = ["compiled"]

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile `loop` on its first call, to run beside other threads, without fast-math."""
    try:
        return _kept(loop)
    except RuntimeError:  # nowhere to keep it
        folder = _own_folder()
    if folder is not None:
        try:
            with _keeping_in(folder):
                return _kept(loop)
        except RuntimeError:
            pass
    return cast("Loop", njit(nogil=True, error_model="numpy")(loop))


def _kept(loop: Loop) -> Loop:
    return cast("Loop", njit(cache=True, nogil=True, error_model="numpy")(loop))


def _own_folder() -> Path | None:
    """Give a folder among the temporary files that nobody else can write to, if there is one.

    What lies in it is run: it must be a folder, ours, and closed to others.
    """
    if not hasattr(os, "getuid"):  # where temporary files are each user's own
        return Path(tempfile.gettempdir()) / "greengrid-machine-code"
    folder = Path(tempfile.gettempdir()) / f"greengrid-machine-code-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return folder if is_ours and not found.st_mode & 0o022 else None


@contextmanager
def _keeping_in(folder: Path) -> Iterator[None]:
    """Have numba choose this folder for what is decorated in the block."""
    settings: Any = numba.config
    before, settings.CACHE_DIR = settings.CACHE_DIR, str(folder)
    try:
        yield
    finally:
        settings.CACHE_DIR = before
