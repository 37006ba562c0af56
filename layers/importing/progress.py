"""What an import tells of itself while it is under way."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

Tell = Callable[[str, int, int], None]
"""Is told the stage, how many rows of it are done, and of how many; of 0 where nobody knows."""


class Stage(StrEnum):
    """What an import does, one after the other."""

    READING = "reading"
    CHECKING = "checking"
    COMPARING = "comparing"
    WRITING = "writing"


def tell_nobody(_stage: str, _done: int, _total: int) -> None:
    """Hear it and say nothing."""
