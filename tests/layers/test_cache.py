"""Arrays that are kept in files: never another key's, never half of them, never too many."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layers.cache import ArrayCache


def refuse() -> dict[str, Any]:
    pytest.fail("made again what is kept")


def squares(count: int = 5) -> dict[str, Any]:
    return {"x": np.arange(count) ** 2.0, "uid": np.array([b"ab", b"c"]), "none": np.empty((0, 2))}


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path / "new" / "folder")
    made = cache.get({"revision": 7}, squares)
    kept = ArrayCache(cache.folder).get({"revision": 7}, refuse)
    for name, array in made.items():
        assert kept[name].dtype == array.dtype
        assert kept[name].shape == array.shape
        assert kept[name].tobytes() == array.tobytes()
    kept["x"][0] = 99  # private to whoever reads
    assert cache.get({"revision": 7}, refuse)["x"][0] == 0
    assert cache.get({"revision": 8}, lambda: squares(3))["x"].tolist() == [0, 1, 4]


@pytest.mark.parametrize("harm", ["empty", "short", "other", "longer"])
def test_a_file_that_was_harmed_is_made_again(tmp_path: Path, harm: str) -> None:
    cache = ArrayCache(tmp_path)
    cache.get({"n": 1}, squares)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    parts = {"empty": b"", "short": whole[:-9], "other": b"x" * 500, "longer": whole + whole[-8:]}
    file.write_bytes(parts[harm])
    assert cache.get({"n": 1}, squares)["x"].tolist() == [0, 1, 4, 9, 16]
    assert cache.get({"n": 1}, refuse)["x"].tolist() == [0, 1, 4, 9, 16]


def test_no_file_is_taken_for_that_of_another_key(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path)
    cache.get({"n": 1}, squares)
    (one,) = tmp_path.iterdir()
    cache.get({"n": 2}, lambda: squares(2))
    (other,) = set(tmp_path.iterdir()) - {one}
    other.write_bytes(one.read_bytes())
    assert cache.get({"n": 2}, lambda: squares(2))["x"].tolist() == [0, 1]


def test_the_longest_unused_goes_when_there_is_too_much(tmp_path: Path) -> None:
    cache = ArrayCache(tmp_path, max_bytes=30_000)

    def filled(number: int, count: int = 1000) -> dict[str, Any]:
        return {"x": np.full(count, float(number))}

    for number in range(6):
        cache.get({"n": number}, partial(filled, number))
        newest = max(tmp_path.iterdir(), key=lambda file: file.stat().st_mtime_ns)
        os.utime(newest, (1_000_000_000 + number,) * 2)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) <= 30_000
    assert cache.get({"n": 5}, refuse)["x"][0] == 5
    assert cache.get({"n": 0}, partial(filled, 7))["x"][0] == 7
    # More than it may hold altogether is not kept at all.
    cache.get({"n": 9}, partial(filled, 1, 9_000))
    assert cache.get({"n": 9}, partial(filled, 2))["x"][0] == 2


def test_without_a_folder_it_works_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = ArrayCache(tmp_path / "file" / "below")
    assert cache.get({"n": 1}, squares)["x"][2] == 4
    assert cache.get({"n": 1}, lambda: squares(1))["x"].tolist() == [0]


def test_processes_share_a_folder(tmp_path: Path) -> None:
    program = (
        "import sys, numpy as np; from pathlib import Path; from layers.cache import ArrayCache\n"
        "cache = ArrayCache(Path(sys.argv[1]), max_bytes=400_000)\n"
        "for turn in range(150):\n"
        "    n = turn % 7\n"
        "    found = cache.get({'n': n}, lambda: {'x': np.full(10_000, n)})\n"
        "    assert (found['x'] == n).all()\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in running:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    assert not list(tmp_path.glob(".new-*"))
