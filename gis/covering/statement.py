"""Sentences about coverage, read by a small grammar: 500米见园，覆盖率91%.

A sentence says how far, of what, and which share of whom has it. The grammar is exact: what it does
not know is refused, with the grammar itself, rather than guessed at. Digits and signs may be
full-width, numbers Chinese, and blanks stand anywhere.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from gis.errors import ClaimUnreadableError
from gis.rules import Distance

__all__ = ["Comparison", "Statement", "Target", "parse_claim"]

Target = Literal["green", "park", "scenery"]
Comparison = Literal["equal", "at_least", "above", "about"]

K = TypeVar("K")

_LONGEST = 200

_TARGETS: dict[Target, tuple[str, ...]] = {
    "green": ("见绿", "有绿", "绿地"),
    "park": ("公园绿地", "见园", "有园", "公园"),
    "scenery": ("见景", "有景", "景点"),
}
_WEIGHTS: dict[str, tuple[str, ...]] = {
    "area": ("居住用地", "用地"),
    "population": ("人口", "居民"),
    "households": ("住户", "家庭", "户数", "户"),
    "dwellings": ("套数", "住房"),
    "places": ("楼栋", "建筑", "楼"),
}
_COMPARISONS: dict[Comparison, tuple[str, ...]] = {
    "equal": ("等于", "为", "是", "="),
    "at_least": ("达到了", "达到", "达", "不低于", "不少于", "至少", "≥", ">="),
    "above": ("超过", "高于", "大于", "突破", "超", ">"),
    "about": ("大约", "约为", "接近", "约", "近", "≈"),
}
_AFTER: dict[Comparison, str] = {"at_least": "以上", "about": "左右"}
_DISTANCES: dict[Distance, str] = {"straight": "直线", "walk": "步行"}

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}


@dataclass(frozen=True)
class Statement:
    """What a sentence says.

    `share` (0 to 1) is what it states, `digits` how many decimals of a percentage it writes.
    `distance` and `weight` are None where it does not say how one goes, or who is counted.
    """

    text: str
    radius_m: float
    target: Target
    share: float
    digits: int
    comparison: Comparison
    distance: Distance | None = None
    weight: str | None = None

    @property
    def unit(self) -> float:
        """One unit of the last digit that is written: 91 % is written to 1 %."""
        return float(10.0 ** -(self.digits + 2))

    def holds(self, share: float) -> bool:
        """Tell whether a share is what the sentence states.

        Examples
        --------
        >>> stated = parse_claim("500米见园，覆盖率91%")
        >>> stated.holds(0.9149), stated.holds(0.916), parse_claim("500米见园达到91%").holds(0.916)
        (True, False, True)
        """
        # Shares are quotients of counts: far coarser than what rounding could decide.
        match self.comparison:
            case "equal":
                return abs(share - self.share) <= self.unit / 2 + 1e-12
            case "at_least":
                return share >= self.share - 1e-12
            case "above":
                return share > self.share + 1e-12
            case "about":
                return abs(share - self.share) <= self.unit + 1e-12


def parse_claim(text: str) -> Statement:
    """Read a sentence by the grammar.

    Raises
    ------
    ClaimUnreadableError
        Naming the part that was not found or not known, with the grammar.

    Examples
    --------
    >>> stated = parse_claim("５００米见园，覆盖率９１％")
    >>> stated.radius_m, stated.target, stated.share, stated.comparison
    (500.0, 'park', 0.91, 'equal')
    >>> stated = parse_claim("步行三百米见绿的住户不低于百分之九十一点五")
    >>> stated.distance, stated.radius_m, stated.weight, stated.comparison, stated.share
    ('walk', 300.0, 'households', 'at_least', 0.915)
    """
    plain = _plain(text)
    for pattern in _PATTERNS:
        found = pattern.fullmatch(plain)
        if found is not None:
            return _statement(text, found)
    raise ClaimUnreadableError(found=text[:_LONGEST], missing=_missing(plain))


def _plain(text: str) -> str:
    """Make signs and digits ordinary, and leave out blanks and what only parts a sentence."""
    folded = unicodedata.normalize("NFKC", text[: _LONGEST + 1]).casefold()
    folded = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", folded)
    return re.sub(r"[\s“”\"「」。!]", "", folded)


def _any(words: Iterable[tuple[str, ...]]) -> str:
    flat = [word for group in words for word in group]
    return "|".join(re.escape(word) for word in sorted(flat, key=len, reverse=True))


_NUMBER = r"(?:\d+(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+(?:点[零〇一二三四五六七八九]+)?)"
_HOW_FAR = (
    rf"(?P<how>{'|'.join(_DISTANCES.values())})?距?离?(?P<radius>{_NUMBER})"
    r"(?P<metre>米|公里|千米|km|m)(?:范围内|以内|之内|内)?,?[、]?"
    rf"(?P<target>{_any(_TARGETS.values())})(?:服务半径)?"
)
_SHARE = (
    rf"(?:(?P<percent>{_NUMBER})%|百分之(?P<hundredth>{_NUMBER})|(?P<tenth>{_NUMBER})成"
    r"|(?P<all>全覆盖))"
)
_COMPARE = rf"(?P<compare>{_any(_COMPARISONS.values())})?"
_TAIL = rf"(?P<after>{'|'.join(_AFTER.values())})?"
_WHOM = rf"(?P<weight>{_any(_WEIGHTS.values())})"
_REST = rf"的?[,、:;]?{_WHOM}?的?(?:覆盖率|覆盖|占比|比例)?{_COMPARE}{_SHARE}{_TAIL}"
_PATTERNS = (
    re.compile(rf"(?:初步|基本)?(?:实现)?{_HOW_FAR}{_REST}"),
    re.compile(
        rf"(?P<target>{_any(_TARGETS.values())})的?(?P<how>{'|'.join(_DISTANCES.values())})?"
        rf"(?P<radius>{_NUMBER})(?P<metre>米|公里|千米|km|m)服务半径{_REST}"
    ),
    re.compile(rf"{_COMPARE}{_SHARE}{_TAIL}的?{_WHOM}[,、]?(?:能|可|在)?{_HOW_FAR}(?:覆盖)?"),
)


def _statement(text: str, found: re.Match[str]) -> Statement:
    share, digits = _share(found)
    thousand = found["metre"] in {"公里", "千米", "km"}
    radius_m = _number(found["radius"]) * (1000 if thousand else 1)
    if not (0 < radius_m <= 100_000 and 0 < share <= 1):
        missing = "radius_range" if 0 < share <= 1 else "share_range"
        raise ClaimUnreadableError(found=text[:_LONGEST], missing=missing)
    return Statement(
        text=text.strip(),
        radius_m=radius_m,
        target=_key(_TARGETS, found["target"]),
        share=share,
        digits=digits,
        comparison=_comparison(found),
        distance=next((key for key, word in _DISTANCES.items() if word == found["how"]), None),
        weight=None if found["weight"] is None else _key(_WEIGHTS, found["weight"]),
    )


def _comparison(found: re.Match[str]) -> Comparison:
    before = _key(_COMPARISONS, found["compare"]) if found["compare"] else "equal"
    if before != "equal":
        return before
    return next((key for key, word in _AFTER.items() if word == found["after"]), "equal")


def _key(words: dict[K, tuple[str, ...]], word: str) -> K:
    return next(key for key, known in words.items() if word in known)


def _share(found: re.Match[str]) -> tuple[float, int]:
    """Give the stated share, and the decimals of the percentage that is written."""
    if found["all"] is not None:
        return 1.0, 0
    if found["tenth"] is not None:  # 九成 is written to 10 %
        return round(_number(found["tenth"]) / 10, 12), _decimals(found["tenth"]) - 1
    written = found["percent"] or found["hundredth"]
    return round(_number(written) / 100, 12), _decimals(written)


def _decimals(written: str) -> int:
    return len(re.split(r"[.点]", written)[1]) if re.search(r"[.点]", written) else 0


def _number(written: str) -> float:
    """Read a number in Arabic or Chinese digits.

    Examples
    --------
    >>> [_number(text) for text in ("91.5", "五百", "一千二百", "一千零五", "十五", "九十一点七四")]
    [91.5, 500.0, 1200.0, 1005.0, 15.0, 91.74]
    """
    if written[0].isdecimal():
        return float(written)
    whole, _, part = written.partition("点")
    if not any(sign in _UNITS for sign in whole):  # digit by digit, as in 五〇〇
        value = float("".join(str(_DIGITS[sign]) for sign in whole))
    else:
        value = _with_units(whole)
    return float(f"{value:.0f}." + "".join(str(_DIGITS[sign]) for sign in part)) if part else value


def _with_units(whole: str) -> float:
    total, section, digit = 0, 0, 0
    for sign in whole:
        if sign == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif sign in _UNITS:
            section, digit = section + (digit or 1) * _UNITS[sign], 0
        else:
            digit = _DIGITS[sign]
    return float(total + section + digit)


def _missing(plain: str) -> str:
    """Name the first part of a sentence that is not there; `order` where all are."""
    if len(plain) > _LONGEST:
        return "too_long"
    parts = {
        "radius": rf"{_NUMBER}(?:米|公里|千米|km|m)",
        "target": _any(_TARGETS.values()),
        "share": _SHARE,
    }
    for name, pattern in parts.items():
        if not re.search(pattern, plain):
            return name
    return "several" if len(re.findall(_SHARE, plain)) > 1 else "order"
