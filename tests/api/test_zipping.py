"""Bodies compressed run by run are one member of gzip, and what is known is not compressed again."""

import gzip
import io
import json
import shutil
import subprocess
import zlib
from itertools import pairwise

import numpy as np

from api.zipping import EFFORT, Joined, Runs

_LARGE = 8 * 1024**2


def features(count: int, seed: int = 1) -> list[bytes]:
    """Write features whose coordinates say nothing of each other."""
    rng = np.random.default_rng(seed)
    return [
        json.dumps({"id": n, "名称": f"第{n}号楼", "at": rng.uniform(126, 127, (9, 2)).tolist()}).encode()
        for n in range(count)
    ]  # fmt: skip


def body(pieces: list[bytes], tail: bytes = b'],"numberMatched":3}') -> Joined:
    return Joined(head=b'{"features":[', pieces=pieces, tail=tail)


def test_every_reader_reads_what_was_written() -> None:
    runs, pieces = Runs(_LARGE), features(1500)
    for count in (0, 1, 2, 47, 48, 300, 1500):
        asked = body(pieces[:count])
        text = b'{"features":[' + b",".join(pieces[:count]) + b'],"numberMatched":3}'
        for _ in range(2):  # the second time from what is kept
            packed = runs.zipped(asked)
            assert asked.plain() == text == gzip.decompress(packed)
            reader, read = zlib.decompressobj(zlib.MAX_WBITS | 16), b""
            for begin, end in pairwise([*range(0, len(packed), 7), len(packed)]):
                assert not reader.eof  # one member: browsers read no second one
                read += reader.decompress(packed[begin:end])
            assert (read, reader.eof, reader.unused_data) == (text, True, b"")
        program = shutil.which("gzip")
        assert program is not None
        found = subprocess.run([program, "-dc"], input=packed, capture_output=True, check=True)
        assert found.stdout == text
    assert len(packed) < 1.1 * len(gzip.compress(text, EFFORT))
    with gzip.open(io.BytesIO(packed)) as stream:
        assert json.load(stream)["numberMatched"] == 3


def test_one_piece_more_or_less_leaves_most_as_it_was() -> None:
    runs, pieces = Runs(_LARGE), features(1500)
    runs.zipped(body(pieces))
    many = len(runs._kept._found)
    for changed in (
        [*pieces[:700], b'{"id": -1}', *pieces[701:]],
        [*pieces[:700], *pieces[701:]],
        [*pieces[:700], b'{"id": -1}', *pieces[700:]],
    ):
        before = set(runs._kept._found)
        after = runs.zipped(body(changed, b'],"numberMatched":4}'))
        assert gzip.decompress(after) == body(changed, b'],"numberMatched":4}').plain()
        assert 1 <= len(set(runs._kept._found) - before) < many / 2


def test_no_more_is_kept_than_may_be() -> None:
    runs = Runs(_LARGE // 8)
    for seed in range(6):
        pieces = features(2000, seed)
        assert gzip.decompress(runs.zipped(body(pieces))) == body(pieces).plain()
    assert 0 < sum(size for _, size in runs._kept._found.values()) <= _LARGE // 8
