"""The encoding of a text, and the sign between its cells: found out, and said.

Chinese text comes in UTF-8, in GB18030 (which includes GBK and GB2312) and now and then in
UTF-16; Big5 and Windows-1252 are what else offices hand over. Only a mark at the beginning says
which. UTF-8 proves itself: other texts do not happen to be valid in it. GB18030 and Big5 accept
each other's bytes and even Western accents, so how common the characters are has to decide.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Sequence
from io import StringIO

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_BYTES = 512 * 1024
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Pairs of bytes in which most of what is written in Chinese stands: GB2312, level 1 of Big5.
_GB_PAIR = re.compile(rb"[\xa1-\xf7][\xa1-\xfe]")
_BIG5_PAIR = re.compile(rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]")
_ANY_PAIR = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
_COMMON = 0.85  # share of the pairs that are common ones
_BINARY = 0.01  # share of zero bytes that no text has

DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50


def detect_encoding(content: bytes) -> str | None:
    """Name the encoding of a text; None where it is in none of those that are known.

    Examples
    --------
    >>> detect_encoding("名称，面积".encode("gbk")), detect_encoding("名称".encode())
    ('gb18030', 'utf-8')
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    if unmarked := _utf16_without_mark(content):
        return unmarked
    if content.count(0) > len(content) * _BINARY:
        return None
    return detect_encoding_of([content])


def detect_encoding_of(cells: Sequence[bytes]) -> str | None:
    """Name the encoding of many short texts, the last character of which may be cut in two."""
    if all(decodes(cell, "utf-8") for cell in cells):
        return "utf-8"
    likely = _by_likelihood(b"\n".join(cells))
    return next((name for name in likely if all(decodes(cell, name) for cell in cells)), None)


def _utf16_without_mark(content: bytes) -> str | None:
    """Recognise UTF-16 by the empty halves of its Latin characters, digits and separators."""
    sample = content[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 10 < len(sample) // 2 or min(even, odd) * 20 > max(even, odd):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _by_likelihood(content: bytes) -> list[str]:
    sample = content[:_SAMPLE_BYTES]
    runs = [len(run) for run in _HIGH_RUN.findall(sample)]
    if not runs:
        return []
    # Western accents stand alone among plain letters; Chinese characters come in pairs of bytes.
    alone = sum(length == 1 for length in runs) / len(runs)
    pairs = _ANY_PAIR.findall(sample)
    share = {
        "gb18030": _share(_GB_PAIR, pairs),
        "big5": _share(_BIG5_PAIR, pairs),
    }
    if max(share.values()) < _COMMON and alone > 0.5:
        return ["cp1252"]
    likely = sorted(share, key=lambda name: -share[name])
    return [name for name in likely if share[name] >= _COMMON] or ["gb18030"]


def _share(pattern: re.Pattern[bytes], pairs: list[bytes]) -> float:
    return sum(pattern.fullmatch(pair) is not None for pair in pairs) / len(pairs) if pairs else 0.0


def decodes(content: bytes, encoding: str) -> bool:
    """Tell whether a text can be read in `encoding`, as far as it goes."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(content, final=False)
    except UnicodeDecodeError:
        return False
    return True


def detect_delimiter(text: str) -> str:
    r"""Find the sign between the cells: the one that gives most lines the same number of cells.

    Examples
    --------
    >>> detect_delimiter('name;x;y\n"a;b";126,5;42,0')
    ';'
    """
    lines = text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES]
    sample = "\n".join(lines)
    return max(DELIMITERS, key=lambda sign: _regularity(sample, sign))


def _regularity(sample: str, sign: str) -> tuple[int, int]:
    """Count the lines of the most common width above one, and give that width."""
    try:
        widths = Counter(len(row) for row in csv.reader(StringIO(sample), delimiter=sign) if row)
    except csv.Error:
        return 0, 0
    wide = {width: lines for width, lines in widths.items() if width > 1}
    if not wide:
        return 0, 0
    width = max(wide, key=lambda each: (wide[each], each))
    return wide[width], width
