"""Work on rows shared out to threads, where compiled loops do it."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

__all__ = ["in_batches"]

# Rows that one thread takes at a time; fewer are not worth a thread.
_BATCH = 8192


def in_batches(run: Callable[[int, int], None], rows: int, *, batch: int = _BATCH) -> None:
    """Call `run(first, last)` for ranges of `batch` rows that cover all, beside each other.

    Examples
    --------
    >>> seen = []
    >>> in_batches(lambda first, last: seen.append((first, last)), 3)
    >>> seen
    [(0, 3)]
    """
    starts = range(0, rows, batch)
    threads = min(len(starts), os.cpu_count() or 1)
    if threads <= 1:
        run(0, rows)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(run, first, min(first + batch, rows)) for first in starts]:
            done.result()
