"""Which place a description names: "XX小区3号楼东侧", "第三网格", "220605001001005".

Names are compared by what their spellings have in common: width, blanks and punctuation do not
count, 三号楼, 3号楼, 3#楼 and 3栋 are the same building. Of several names in a description the
longest counts, for it says most; of several places with one name, none is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

MAX_CHARACTERS = 120
"""What is longer is no description of a place; its beginning is looked at."""

_SHORTEST = 2  # one character names nothing: it stands in too many words

_DIGITS = {each: number for number, each in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100}
_NUMERAL = "零〇一二两三四五六七八九十百"
# A numeral is a number before these only: 五一路 and 三合社区 are names.
_CHINESE_NUMBER = re.compile(f"第?([{_NUMERAL}]+)(?=号|栋|幢|座|单元|网格|期|组|区|#)")
_ORDINAL = re.compile(r"第(?=\d)")
_BUILDING = re.compile(
    r"0*(\d+)(?:号楼栋|号楼|号栋|号幢|#楼|#栋|#幢|栋楼|栋|幢|座|#|楼(?![上下前后东南西北层\d]))"
)
_IGNORED = re.compile(r"[\s\u3000·•,，。．、;；:：\"'“”‘’()（）\[\]【】<>《》_—–\-/\\]+")


def fold_name(text: str) -> str:
    """Reduce a name or a description to what its spellings have in common.

    Examples
    --------
    >>> [fold_name(each) for each in ("滨河小区 三号楼", "滨河小区３＃楼", "滨河小区-03栋")]
    ['滨河小区3号楼', '滨河小区3号楼', '滨河小区3号楼']
    """
    plain = _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())
    folded = _fold_numbers(plain)
    while folded != plain:  # 1#楼栋 is 1号楼栋 first, and then 1号楼
        plain, folded = folded, _fold_numbers(folded)
    return folded


def _fold_numbers(text: str) -> str:
    digits = _CHINESE_NUMBER.sub(lambda found: str(_number(found[1])), text)
    return _BUILDING.sub(r"\1号楼", _ORDINAL.sub("", digits))


def _number(numeral: str) -> int:
    """Read a Chinese number below 1000; a row of digits such as 一〇二 is read digit by digit.

    Examples
    --------
    >>> [_number(each) for each in ("三", "十二", "二十", "一百零五", "一〇二")]
    [3, 12, 20, 105, 102]
    """
    if not any(each in _TENS for each in numeral):
        return int("".join(str(_DIGITS[each]) for each in numeral))
    total, digit = 0, 0
    for each in numeral:
        if each in _TENS:
            total += (digit or 1) * _TENS[each]
            digit = 0
        else:
            digit = _DIGITS[each]
    return total + digit


@dataclass(frozen=True, kw_only=True)
class Place:
    """Something with a name that descriptions may mean.

    `names` are all it is called by, its code too; `units` are the codes of the units that it lies
    in, by which places of one name are told apart.
    """

    uid: str
    kind: str
    names: tuple[str, ...]
    units: frozenset[str] = frozenset()


class How(StrEnum):
    """How a description was understood."""

    EXACT = "exact"  # it is a name, and nothing else
    WITHIN = "within"  # it has a name in it
    AMBIGUOUS = "ambiguous"  # several places have that name
    NOTHING = "nothing"  # it names nothing that is known


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a description names.

    `places` holds one place, or all of equal name where it is ambiguous. `confidence` is the part
    of the description's characters that the name makes up, 0 where nothing is proposed: the rest
    says something else, such as on which side.
    """

    how: How
    places: tuple[Place, ...] = ()
    name: str = ""
    confidence: float = 0.0

    @property
    def place(self) -> Place | None:
        """Give the place that is proposed; none of several equal ones ever is."""
        return self.places[0] if self.how in {How.EXACT, How.WITHIN} else None


class Gazetteer:
    """All places that descriptions may name, looked up by name."""

    def __init__(self, places: Iterable[Place]) -> None:
        by_name: dict[str, dict[str, Place]] = defaultdict(dict)
        for place in places:
            for name in place.names:
                folded = fold_name(name)
                if len(folded) >= _SHORTEST:
                    by_name[folded][place.uid] = place
        self._by_name = {name: tuple(found.values()) for name, found in by_name.items()}

    @cached_property
    def _lengths(self) -> Mapping[str, tuple[int, ...]]:
        """Give the lengths of names by their first character, the longest first."""
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self._by_name:
            lengths[name[0]].add(len(name))
        return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}

    def match(self, description: str, *, units: Collection[str] = ()) -> Match:
        """Find what `description` names; `units` are codes of the units that it lies in.

        Examples
        --------
        >>> town = Gazetteer(
        ...     [
        ...         Place(uid="k", kind="compound", names=("滨河小区",)),
        ...         Place(uid="b", kind="building", names=("滨河小区3号楼",)),
        ...     ]
        ... )
        >>> found = town.match("滨河小区三号楼东侧")
        >>> found.how.value, found.place.uid, round(found.confidence, 2)
        ('within', 'b', 0.78)
        """
        text = fold_name(description)[:MAX_CHARACTERS]
        name = self._longest(text)
        if name is None:
            return Match(how=How.NOTHING)
        places = self._by_name[name]
        if len(places) > 1:
            places = tuple(each for each in places if each.units & set(units)) or places
        if len(places) > 1:
            return Match(how=How.AMBIGUOUS, places=places, name=name)
        how = How.EXACT if name == text else How.WITHIN
        return Match(how=how, places=places, name=name, confidence=len(name) / len(text))

    def _longest(self, text: str) -> str | None:
        """Find the longest name in a folded text; of equally long ones the first."""
        best: str | None = None
        for start, first in enumerate(text):
            for length in self._lengths.get(first, ()):
                if best is not None and length <= len(best):
                    break
                name = text[start : start + length]
                if name in self._by_name and not _cuts_a_number(text, start, start + length):
                    best = name
                    break
        return best


def _cuts_a_number(text: str, start: int, end: int) -> bool:
    """Tell whether a name begins or ends amid a number: 3号楼 is not in 13号楼."""
    before = start > 0 and text[start - 1].isdecimal() and text[start].isdecimal()
    after = end < len(text) and text[end - 1].isdecimal() and text[end].isdecimal()
    return before or after
