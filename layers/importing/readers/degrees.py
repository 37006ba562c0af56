"""One coordinate as people write it: decimal degrees, degrees and minutes, metres.

126.5906, 126°35′26.2″, 东经126度35分26.2秒, E126°35.44', 126:35:26.2, 42 500 123.4 and their
full-width spellings are one number each; what has minutes beyond 60 is none.
"""

from __future__ import annotations

import math
import re
import unicodedata

_THOUSANDS = re.compile(r"[+-]?\d{1,3}([, ]\d{3})+(\.\d*)?")
_SIDES = {"东经": 1, "西经": -1, "北纬": 1, "南纬": -1, "e": 1, "w": -1, "n": 1, "s": -1}
_SIDE = r"东经|西经|北纬|南纬|[ewns](?![a-z])"
_LABEL = re.compile(r"^(经度|纬度|lon|lat|lng|x|y|坐标)\s*[:=]?\s*", re.IGNORECASE)
_PARTS = re.compile(
    r"(?P<sign>[+-])?(?P<degrees>\d{1,3}(?:\.\d+)?)(?:\s*[°度d:\s]\s*"
    r"(?:(?P<minutes>\d{1,2}(?:\.\d+)?)(?:\s*['分m:\s]\s*"
    r"(?:(?P<seconds>\d{1,2}(?:\.\d+)?)\s*(?:\"|'')?秒?s?)?)?)?)?",
)
_DASHED = re.compile(r"\d{1,3}-\d{1,2}-\d{1,2}(\.\d+)?")
_SIGNS = str.maketrans(
    {
        "º": "°", "˚": "°", "〫": "°", "∘": "°", "′": "'", "’": "'", "‘": "'", "`": "'", "´": "'",
        "ˊ": "'", "＇": "'", "″": '"', "”": '"', "“": '"', "〃": '"', "¨": '"', "＂": '"', "−": "-",
        "—": "-", "–": "-", "：": ":",
    }
)  # fmt: skip


def parse_coordinate(cell: object) -> float:
    """Give the number that one cell of a coordinate stands for; NaN for none.

    Examples
    --------
    >>> parse_coordinate("126°35′26.16″"), parse_coordinate("北纬41度54分")
    (126.5906, 41.9)
    >>> parse_coordinate("4,642,123.5"), parse_coordinate("126°75′")
    (4642123.5, nan)
    """
    if isinstance(cell, bool) or cell is None:
        return math.nan
    if isinstance(cell, int | float):
        return float(cell)
    number = _float(str(cell))
    if not math.isnan(number):
        return number
    text = _plain(str(cell))
    number = _float(text)
    if not math.isnan(number):
        return number
    if _THOUSANDS.fullmatch(text):
        return float(text.replace(",", "").replace(" ", ""))
    return _degrees(text)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _plain(text: str) -> str:
    # NFKC would split the double prime in two, so the signs are unified before.
    wide = unicodedata.normalize("NFKC", text.translate(_SIGNS)).translate(_SIGNS)
    return _LABEL.sub("", wide.strip().casefold()).removesuffix("米").strip()


def _degrees(text: str) -> float:
    sides = re.findall(_SIDE, text)
    text = re.sub(_SIDE, "", text).strip() if sides else text
    text = text.replace("-", " ") if _DASHED.fullmatch(text) else text
    match = _PARTS.fullmatch(text)
    if match is None or len(sides) > 1 or (sides and match["sign"]):
        return math.nan
    degrees, minutes, seconds = (
        float(match[name] or 0) for name in ("degrees", "minutes", "seconds")
    )
    broken = (match["minutes"] and degrees % 1) or (match["seconds"] and minutes % 1)
    if minutes >= 60 or seconds >= 60 or broken:
        return math.nan
    side = _SIDES[sides[0]] if sides else -1 if match["sign"] == "-" else 1
    return side * round(degrees + minutes / 60 + seconds / 3600, 12)
