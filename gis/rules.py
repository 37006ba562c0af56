"""What counts as covered: tiers and rule sets.

A tier is one yardstick: *which* targets count (layers, size, access, class, alive), *how near*
they must be (radius, straight or walking, to the edge, an entrance or the centroid). A rule set
is a list of tiers with its source, and whether its numbers were found in a published text.

Nothing is implied by a name: two rule sets that are both called "300 m" differ in their fields,
so a result carries its rule set in full.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any, Literal, Self, get_args

from gis.errors import RuleError, RuleTypeError, RuleValueError, TierUnknownError
from gis.rulefile import check_keys, parse_toml, write_toml

__all__ = ["ACCESS_VALUES", "UNKNOWN", "Access", "AreaOf", "Distance", "RuleSet", "Tier", "To"]

AreaOf = Literal["feature", "joined"]
Access = Literal["public", "restricted", "private", "unknown"]
Distance = Literal["straight", "walk"]
To = Literal["edge", "entrance", "centroid"]

UNKNOWN = "unknown"
"""The entry of `access` and `classes` that lets targets without a value count."""

ACCESS_VALUES: tuple[str, ...] = get_args(Access)


@dataclass(frozen=True)
class Tier:
    """One yardstick: what must lie how near.

    Parameters
    ----------
    name
        Key of the tier, unique in its rule set; names its columns in a result.
    name_zh
        Chinese name.
    layers
        Kinds of target that count, one or more.
    radius_m
        Reach in metres, more than 0; a distance equal to it is covered.
    min_area_m2
        Smallest area that counts, in square metres; an area equal to it counts.
    area_of
        Whose area decides: each `feature` by itself, or what is `joined` by a common border or
        by overlapping, with overlaps counted once.
    access
        Values of access that count. `unknown` stands for targets without a value. None: any.
    classes
        Class codes that count, each as `system:code`, because one code means different land
        in different systems: G3 is square land in CJJ/T 85-2017, protective green in the
        edition of 2002. A code counts with its sub-classes, which add digits:
        `cjjt85_2017:G1` takes G11 and G131. `unknown` lets targets without code or system
        count. None: any.
    alive
        Whether only living targets count, by the targets' own column.
    distance
        `straight` line, or `walk` along a network.
    to
        What of a target must be reached: its `edge`, an `entrance` or its `centroid`.
    required_share
        Share (0-1) that the source of the rule demands; None where it demands none.

    Raises
    ------
    RuleTypeError, RuleValueError
        Naming the field, what it held and what it may hold.

    Examples
    --------
    >>> park = Tier("park", "见园", ["green_space"], 500, min_area_m2=5000)
    >>> park.layers, park.radius_m, park.distance, park.to
    (('green_space',), 500.0, 'straight', 'edge')
    >>> Tier("park", "见园", ["green_space"], 500, to="gate")
    Traceback (most recent call last):
    gis.errors.RuleValueError: rule_value: where='to', found='gate',
        allowed=('edge', 'entrance', 'centroid')
    """

    name: str
    name_zh: str
    layers: tuple[str, ...]
    radius_m: float
    min_area_m2: float = 0.0
    area_of: AreaOf = "feature"
    access: tuple[str, ...] | None = None
    classes: tuple[str, ...] | None = None
    alive: bool = False
    distance: Distance = "straight"
    to: To = "edge"
    required_share: float | None = None

    def __post_init__(self) -> None:
        """Check every field, and store lists as tuples and whole numbers as floats."""
        for name, read in _READERS.items():
            object.__setattr__(self, name, read(name, getattr(self, name)))

    def to_dict(self) -> dict[str, Any]:
        """Give every field under its key, lists as lists, for JSON and TOML."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, where: str = "tier") -> Self:
        """Read a tier from its keys; `name` may be a text or a table of `zh` and `en`.

        Raises
        ------
        RuleUnknownKeyError, RuleMissingKeyError, RuleTypeError, RuleValueError

        Examples
        --------
        >>> tier = Tier.from_dict({"name": "green", "layers": ["green_space"], "radius_m": 300})
        >>> tier.name_zh, tier.min_area_m2
        ('green', 0.0)
        """
        check_keys(values, [field.name for field in fields(cls)], _TIER_REQUIRED, where=where)
        try:
            return cls(**(dict(values) | _names(values)))
        except RuleError as error:
            raise _moved(error, where) from None


@dataclass(frozen=True)
class RuleSet:
    """Tiers that belong together, with their source.

    Parameters
    ----------
    key
        Stable name of the rule set.
    title_zh, title_en
        Titles; the key where none is given.
    tiers
        One or more, with different names.
    source
        Where the rule is published.
    verified
        Whether every number of the rule was found in a published text. The notes name what a
        verified rule set still assumes.
    note_zh, note_en
        What a reader of the figures must know.

    Raises
    ------
    RuleTypeError, RuleValueError

    Examples
    --------
    >>> rules = RuleSet("ours", tiers=[Tier("green", "见绿", ["green_space"], 300)])
    >>> rules.title_en, rules.tier("green").radius_m, rules.verified
    ('ours', 300.0, False)
    """

    key: str
    title_zh: str = ""
    title_en: str = ""
    tiers: tuple[Tier, ...] = ()
    source: str = ""
    verified: bool = False
    note_zh: str = ""
    note_en: str = ""

    def __post_init__(self) -> None:
        """Check every field, and that the tiers can be told apart."""
        _text("key", self.key)
        for name in _RULESET_TEXTS:
            _maybe_text(name, getattr(self, name))
        _flag("verified", self.verified)
        object.__setattr__(self, "title_zh", self.title_zh or self.key)
        object.__setattr__(self, "title_en", self.title_en or self.key)
        object.__setattr__(self, "tiers", _tiers(self.tiers))

    @property
    def max_radius_m(self) -> float:
        """Metres by which targets outside an area can still cover places in it."""
        return max(tier.radius_m for tier in self.tiers)

    def tier(self, name: str) -> Tier:
        """Find a tier by its name.

        Raises
        ------
        TierUnknownError
        """
        for tier in self.tiers:
            if tier.name == name:
                return tier
        raise TierUnknownError(tier=name, tiers=tuple(tier.name for tier in self.tiers))

    def to_dict(self) -> dict[str, Any]:
        """Give the rule set in full; `from_dict` makes an equal one of it."""
        values = {name: getattr(self, name) for name in ("key", *_RULESET_TEXTS, "verified")}
        return values | {"tier": [tier.to_dict() for tier in self.tiers]}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, key: str = "rules") -> Self:
        """Read a rule set from its keys; `key` names one that does not name itself.

        Raises
        ------
        RuleUnknownKeyError, RuleMissingKeyError, RuleTypeError, RuleValueError
            Naming the place, such as `tier[2].to`; the first tier is `tier[1]`.
        """
        check_keys(values, ("key", *_RULESET_TEXTS, "verified", "tier"), ("tier",), where="")
        own = {name: value for name, value in values.items() if name != "tier"}
        tables = values["tier"]
        if not isinstance(tables, list):
            raise RuleTypeError(where="tier", found=tables, allowed="list")
        tiers = [
            Tier.from_dict(table, where=f"tier[{number}]")
            for number, table in enumerate(tables, start=1)
        ]
        return cls(**({"key": key} | own), tiers=tuple(tiers))

    def to_toml(self) -> str:
        """Write the rule set as a rule file; keys without a value are left out."""
        return write_toml(self.to_dict())

    @classmethod
    def from_toml(cls, text: str, *, key: str = "rules") -> Self:
        r"""Read a rule file: `[[tier]]` tables, optionally key, titles, source and notes.

        Raises
        ------
        RuleSyntaxError, RuleUnknownKeyError, RuleMissingKeyError, RuleTypeError, RuleValueError

        Examples
        --------
        >>> rules = RuleSet.from_toml(
        ...     '''
        ... [[tier]]
        ... name = {zh = "见绿", en = "green"}
        ... layers = ["green_space"]
        ... radius_m = 300
        ... ''',
        ...     key="ours",
        ... )
        >>> rules.key, rules.tiers[0].name_zh, rules.tiers[0].radius_m
        ('ours', '见绿', 300.0)
        >>> RuleSet.from_toml('[[tier]]\nname = "g"\nlayers = ["g"]\nradius = 3')
        Traceback (most recent call last):
        gis.errors.RuleUnknownKeyError: rule_unknown_key: where='tier[1].radius', found='radius',
            allowed=('radius_m',)
        """
        return cls.from_dict(parse_toml(text), key=key)


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise RuleTypeError(where=where, found=value, allowed="text")
    if not value.strip():
        raise RuleValueError(where=where, found=value, allowed="not empty")
    return value


def _maybe_text(where: str, value: object) -> str:
    return "" if value == "" else _text(where, value)


def _flag(where: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise RuleTypeError(where=where, found=value, allowed="true or false")
    return value


def _number(where: str, value: object) -> float:
    # A truth value counts as a number in Python, but not in a rule.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RuleTypeError(where=where, found=value, allowed="number")
    return float(value)


def _radius(where: str, value: object) -> float:
    number = _number(where, value)
    if not (isfinite(number) and number > 0):
        raise RuleValueError(where=where, found=value, allowed="(0, ∞)")
    return number


def _area(where: str, value: object) -> float:
    number = _number(where, value)
    if not (isfinite(number) and number >= 0):
        raise RuleValueError(where=where, found=value, allowed="[0, ∞)")
    return number


def _share(where: str, value: object) -> float | None:
    if value is None:
        return None
    number = _number(where, value)
    if not 0 < number <= 1:
        raise RuleValueError(where=where, found=value, allowed="(0, 1]")
    return number


def _texts(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise RuleTypeError(where=where, found=value, allowed="list")
    if not value:
        raise RuleValueError(where=where, found=[], allowed="not empty")
    return tuple(_text(f"{where}[{number}]", item) for number, item in enumerate(value, start=1))


def _accesses(where: str, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    items = _texts(where, value)
    for number, item in enumerate(items, start=1):
        _one_of(f"{where}[{number}]", item, ACCESS_VALUES)
    return items


def _classes(where: str, value: object) -> tuple[str, ...] | None:
    if value is None:
        return None
    items = _texts(where, value)
    for number, item in enumerate(items, start=1):
        system, _, code = item.partition(":")
        if item != UNKNOWN and not (system.strip() and code.strip()):
            raise RuleValueError(
                where=f"{where}[{number}]", found=item, allowed=("system:code", UNKNOWN)
            )
    return items


def _one_of(where: str, value: object, allowed: tuple[str, ...]) -> str:
    text = _text(where, value)
    if text not in allowed:
        raise RuleValueError(where=where, found=text, allowed=allowed)
    return text


_READERS = {
    "name": _text,
    "name_zh": _text,
    "layers": _texts,
    "radius_m": _radius,
    "min_area_m2": _area,
    "area_of": lambda where, value: _one_of(where, value, get_args(AreaOf)),
    "access": _accesses,
    "classes": _classes,
    "alive": _flag,
    "distance": lambda where, value: _one_of(where, value, get_args(Distance)),
    "to": lambda where, value: _one_of(where, value, get_args(To)),
    "required_share": _share,
}
_TIER_REQUIRED = ("name", "layers", "radius_m")
_RULESET_TEXTS = ("title_zh", "title_en", "source", "note_zh", "note_en")


def _tiers(tiers: Iterable[Tier]) -> tuple[Tier, ...]:
    """Check that there are tiers and that their names differ."""
    found = tuple(tiers)
    if not found:
        raise RuleValueError(where="tier", found=[], allowed="not empty")
    seen: set[str] = set()
    for number, tier in enumerate(found, start=1):
        if not isinstance(tier, Tier):
            raise RuleTypeError(where=f"tier[{number}]", found=tier, allowed="Tier")
        if tier.name in seen:
            raise RuleValueError(where=f"tier[{number}].name", found=tier.name, allowed="unique")
        seen.add(tier.name)
    return found


def _names(values: Mapping[str, Any]) -> dict[str, Any]:
    """Take both names from `name`, which may be a table of `zh` and `en`."""
    name = values["name"]
    if isinstance(name, dict):
        check_keys(name, ("zh", "en"), (), where="name")
        english = name.get("en", name.get("zh"))
        return {"name": english, "name_zh": values.get("name_zh", name.get("zh", english))}
    return {"name": name, "name_zh": values.get("name_zh", name)}


def _moved(error: RuleError, where: str) -> RuleError:
    """Give the same error with its place inside `where`."""
    return type(error)(**(error.values | {"where": f"{where}.{error.values['where']}"}))
