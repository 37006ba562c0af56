"""Inner loops as machine code, kept on disk for the next process.

Compiling costs seconds, for which whoever measures for the first time has to wait. A good part of
them goes into what surrounds a loop: the entrance for Python, and counting references to arrays.
So only loops that Python calls are `compiled`; what only they call is an `inner` loop.

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
from numba import njit, types
from numba.extending import models, register_model

__all__ = ["compiled", "inner"]

Loop = TypeVar("Loop", bound=Callable[..., object])

_jit: Any = njit  # which knows more options than it tells


def compiled(loop: Loop) -> Loop:
    """Compile `loop` on its first call, to run beside other threads, without fast-math."""
    return cast("Loop", _compiled(loop, no_cfunc_wrapper=True))


def inner(loop: Loop) -> Loop:
    """Compile a loop that takes no memory, and that only compiled loops call, with these."""
    return cast("Loop", _Inner(loop))


class _Inner:
    """A loop that is machine code to other loops, and to Python, for tests, what it was."""

    def __init__(self, loop: Callable[..., object]) -> None:
        self.py_func = loop
        # Such code has no entrance for Python: who came in there would crash.
        self._code = _compiled(loop, no_cfunc_wrapper=True, no_cpython_wrapper=True, _nrt=False)
        self._numba_type_ = _ForAnyNumber(self._code)  # how other loops find it

    def __call__(self, *arguments: object) -> object:
        return self.py_func(*arguments)


class _ForAnyNumber(types.Dispatcher):
    """The type of a loop that is not compiled once more for a number that stands in the call."""

    def get_call_type(self, context: Any, arguments: Any, named: Any) -> Any:
        plain = tuple(types.unliteral(one) for one in arguments)
        return super().get_call_type(context, plain, named)


register_model(_ForAnyNumber)(models.OpaqueModel)


def _compiled(loop: Callable[..., object], **options: bool) -> Any:
    """Have `loop` compiled on its first call, and kept wherever it can be."""
    try:
        return _kept(loop, options)
    except RuntimeError:  # nowhere to keep it
        folder = _own_folder()
    if folder is not None:
        try:
            with _keeping_in(folder):
                return _kept(loop, options)
        except RuntimeError:
            pass
    return _jit(nogil=True, error_model="numpy", **options)(loop)


def _kept(loop: Callable[..., object], options: dict[str, bool]) -> Any:
    return _jit(cache=True, nogil=True, error_model="numpy", **options)(loop)


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
