"""Inner loops as machine code."""

from collections.abc import Callable
from typing import TypeVar, cast

from numba import njit

__all__ = ["compiled"]

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(loop: Loop) -> Loop:
    """Compile `loop` on its first call, to run beside other threads, without fast-math.

    The machine code is kept on disk for the next process; where no place for it is writable,
    every process compiles anew.
    """
    try:
        return cast("Loop", njit(cache=True, nogil=True, error_model="numpy")(loop))
    except RuntimeError:
        return cast("Loop", njit(nogil=True, error_model="numpy")(loop))
