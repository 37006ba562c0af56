"""Arrays that were made at some cost, kept in a folder for the next process.

An entry is a file under the hash of its *key*: everything that its arrays depend on, which are
store, restore epoch, revisions of layers (with the time at which each was recorded, for a file
may be copied and go on twice), day, parameters and scope. A change of any of these is
another key, so that an entry is never stale; what nobody asks for any more is removed, the longest
unused first, when there is more than the cache may hold.

Entries are written beside and put in place whole, so that several processes may use one folder.
Where the folder cannot be written, arrays are made anew each time, and that is all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ArrayCache", "cache_folder"]

Arrays = Mapping[str, NDArray[Any]]

MAX_BYTES = 2 * 1024**3
"""How much a cache holds unless somebody says otherwise."""

_FORM = b"GGARRAY1"
_ALIGNED = 64
_SUFFIX = ".arrays"


def cache_folder() -> Path:
    """Name the folder in which this user's programs keep what they can make again."""
    if sys.platform == "win32":
        above = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        above = str(Path.home() / "Library/Caches")
    else:
        above = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(above) / "greengrid"


@dataclass(frozen=True)
class ArrayCache:
    """Keep arrays in the files of a folder, which need not exist.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = ArrayCache(Path(folder))
    ...     made = cache.get({"revision": 1}, lambda: {"squares": np.arange(4) ** 2})
    ...     kept = cache.get({"revision": 1}, lambda: {"squares": np.zeros(4)})
    ...     kept["squares"].tolist()
    [0, 1, 4, 9]
    """

    folder: Path
    max_bytes: int = MAX_BYTES

    def get(self, key: Mapping[str, Any], make: Callable[[], Arrays]) -> Arrays:
        """Give the arrays of a key: those that are kept, else those made now, which are kept.

        What is kept is mapped into memory, private to this process: it can be written to without
        changing what others read.
        """
        text = json.dumps(key, sort_keys=True, ensure_ascii=True)
        file = self.folder / (hashlib.sha256(text.encode()).hexdigest()[:40] + _SUFFIX)
        kept = _read(file, text)
        if kept is not None:
            return kept
        made = make()
        with contextlib.suppress(OSError):
            self._keep(file, text, made)
        return made

    def _keep(self, file: Path, key: str, arrays: Arrays) -> None:
        size = sum(array.nbytes for array in arrays.values())
        if size > self.max_bytes:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._make_room(size)
        handle, unfinished = tempfile.mkstemp(dir=self.folder, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as out:
                _write(out, key, arrays)
            Path(unfinished).replace(file)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(unfinished).unlink()
            raise

    def _make_room(self, size: int) -> None:
        """Remove what was not used for longest until there is room for `size` bytes."""
        found = []
        for file in self.folder.iterdir():
            with contextlib.suppress(OSError):  # another process was quicker
                status = file.stat()
                found.append((status.st_mtime, status.st_size, file))
        total = sum(held for _, held, _ in found)
        for _, held, file in sorted(found, key=lambda one: one[0]):
            if total + size <= self.max_bytes:
                break
            with contextlib.suppress(OSError):
                file.unlink()
                total -= held


def _write(out: Any, key: str, arrays: Arrays) -> None:
    """Write form, length of the header, header, and each array from an aligned position on."""
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    described = [
        {"name": name, "dtype": array.dtype.str, "shape": array.shape}
        for name, array in plain.items()
    ]
    header = json.dumps({"key": key, "arrays": described}).encode()
    out.write(_FORM + len(header).to_bytes(8, "little") + header)
    for array in plain.values():
        out.write(bytes(-out.tell() % _ALIGNED))
        out.write(array.reshape(-1).view(np.uint8).data)
    out.write(_FORM)
    out.flush()
    os.fsync(out.fileno())


def _read(file: Path, key: str) -> Arrays | None:
    """Map a file into memory; None where there is none, or none of this key, or not a whole one."""
    try:
        with file.open("rb") as kept:
            mapped = mmap.mmap(kept.fileno(), 0, access=mmap.ACCESS_COPY)
        with contextlib.suppress(OSError):  # not ours: then its owner says how long it stays
            os.utime(file)
        return _arrays_in(mapped, key)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _arrays_in(mapped: mmap.mmap, key: str) -> Arrays | None:
    start = len(_FORM) + 8
    if mapped[: len(_FORM)] != _FORM or mapped[-len(_FORM) :] != _FORM:
        return None
    at = start + int.from_bytes(mapped[len(_FORM) : start], "little")
    header = json.loads(mapped[start:at])
    if header["key"] != key:
        return None
    arrays = {}
    for one in header["arrays"]:
        at += -at % _ALIGNED
        dtype, count = np.dtype(one["dtype"]), int(np.prod(one["shape"], dtype=np.int64))
        array = np.frombuffer(mapped, dtype=dtype, count=count, offset=at)
        arrays[one["name"]] = array.reshape(one["shape"])
        at += array.nbytes
    return arrays if at + len(_FORM) == len(mapped) else None
