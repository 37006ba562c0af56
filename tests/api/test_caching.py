from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from api.caching import Memory


def test_the_same_question_is_answered_once() -> None:
    made: list[int] = []
    memory, begun = Memory(2), Event()

    def make() -> int:
        begun.wait(1)
        made.append(1)
        return len(made)

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(memory.get, "key", make) for _ in range(4)]
        begun.set()
        assert [answer.result() for answer in answers] == [1, 1, 1, 1]


def test_the_oldest_is_forgotten_first() -> None:
    memory = Memory(2)
    for key in ("a", "b", "a", "c"):
        memory.get(key, object)
    kept = memory.get("a", lambda: "made again")
    assert kept != "made again"
    assert memory.get("b", lambda: "made again") == "made again"


def test_what_failed_is_tried_again() -> None:
    memory = Memory(2)

    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        memory.get("key", fail)
    assert memory.get("key", lambda: 3) == 3
