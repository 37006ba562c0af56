"""Bodies of many pieces, compressed so that what was compressed before is not compressed again.

After a write, a body of a thousand features is what it was, but for one of them. So it is cut into
runs, each compressed by itself and kept. DEFLATE lets a stream be cut where nothing that follows
refers to what came before; behind one another such runs are one member of gzip as of RFC 1952, with
one checksum, and whoever reads it sees no difference. It is some per cent larger.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from layers.store.kept import KeptWithin

__all__ = ["EFFORT", "Joined", "Runs"]

EFFORT = 2
"""Of nine: most of what the highest gives, at a fraction of its time."""

# No name, no time, no flags; from a system that is not told.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_COMMA = b","
# A run ends by how its last piece begins, which says what it is of: so one piece more or less, or
# another, moves hardly any other boundaries.
_SHORTEST, _USUAL, _LONGEST = 48, 32, 256
_BEGINNING = 64  # bytes
_OVERHEAD = 200


@dataclass(frozen=True, kw_only=True)
class Joined:
    """A text that lists pieces, with commas between them."""

    head: bytes
    pieces: Sequence[bytes]
    tail: bytes

    def plain(self) -> bytes:
        """Write it in one go: what is joined twice is copied twice."""
        parts = [_COMMA] * max(2 * len(self.pieces) - 1, 0)
        parts[::2] = self.pieces
        return b"".join((self.head, *parts, self.tail))


class Runs:
    """Keep compressed runs of pieces, up to so many bytes; safe to share between threads."""

    def __init__(self, largest: int) -> None:
        self._kept: KeptWithin[bytes] = KeptWithin(largest)

    def zipped(self, body: Joined) -> bytes:
        """Compress a text by the runs of its pieces."""
        parts, checksum, size = [_HEADER, _packed(body.head)], zlib.crc32(body.head), len(body.head)
        before = b""
        for run in _runs(body.pieces):
            text = before + _COMMA.join(run)
            parts.append(self._run(before, run, text))
            checksum, size = zlib.crc32(text, checksum), size + len(text)
            before = _COMMA
        checksum, size = zlib.crc32(body.tail, checksum), size + len(body.tail)
        parts += [
            _packed(body.tail, zlib.Z_FINISH),
            struct.pack("<II", checksum, size & 0xFFFFFFFF),
        ]
        return b"".join(parts)

    def _run(self, before: bytes, run: Sequence[bytes], text: bytes) -> bytes:
        key = (before, *run)
        found = self._kept.find(key)
        if found is None:
            found = _packed(text)
            # Its pieces are kept with it, be they kept elsewhere as well.
            self._kept.keep(key, found, len(found) + len(text) + _OVERHEAD)
        return found


def _runs(pieces: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    begin = 0
    for end, piece in enumerate(pieces, start=1):
        length = end - begin
        is_over = length >= _SHORTEST and zlib.crc32(piece[:_BEGINNING]) % _USUAL == 0
        if is_over or length == _LONGEST or end == len(pieces):
            yield pieces[begin:end]
            begin = end


def _packed(text: bytes, how: int = zlib.Z_FULL_FLUSH) -> bytes:
    """Compress without a frame, up to a byte's end, by what is in the text alone."""
    packer = zlib.compressobj(EFFORT, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush(how)
