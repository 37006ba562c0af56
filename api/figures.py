"""How numbers are written: shares, amounts with their unit, distances. No number stands alone."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from pandas import isna

from api.texts import Texts

M2_PER_HA = 10_000.0

# Weights whose amounts have a unit of their own; any other column is just a number.
_UNITS = frozenset({"places", "buildings", "dwellings", "households", "population", "area", "land"})
_AREAS = frozenset({"area", "land"})


def share(value: float | None, texts: Texts) -> str:
    """Write a share as a percentage; one that is not quite all or nothing never looks so.

    Examples
    --------
    >>> from api.texts import texts_in
    >>> [share(value, texts_in("en")) for value in (0.8737, 0.99999, 1, 0.0001, None)]
    ['87.4 %', '99.9 %', '100 %', '0.1 %', '–']
    """
    if value is None or isna(value):
        return texts("pages.value.none")
    if value in (0, 1):
        return f"{value:.0%}".replace("%", " %")
    return f"{min(max(round(value * 100, 1), 0.1), 99.9):.1f} %"


def percent(value: float) -> str:
    """Write a limit or a step as it was set.

    Examples
    --------
    >>> percent(0.9), percent(0.875)
    ('90 %', '87.5 %')
    """
    return f"{value * 100:.6g} %"


def amount(value: float | None, weight: str) -> str:
    """Write an amount in the unit of its weight, without naming the unit; areas in hectares."""
    if value is None or isna(value):
        return "–"
    if weight in _AREAS:
        return f"{value / M2_PER_HA:,.1f}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def unit(weight: str, texts: Texts) -> str:
    """Name the unit of a weight, such as 户."""
    return texts(f"pages.weight.{weight}.unit") if weight in _UNITS else ""


def counted(parameters: Mapping[str, Any]) -> str:
    """Name what a run counted: of places only buildings, of areas only homes' land have a name.

    Examples
    --------
    >>> counted({"weight": "buildings", "places": "building"})
    'buildings'
    >>> counted({"weight": "area", "places": "grid"})
    'land'
    """
    weight, places = str(parameters["weight"]), parameters["places"]
    if weight == "buildings" and places != "building":
        return "places"
    if weight == "area" and places != "residential_land":
        return "land"
    return weight


def weight_title(weight: str, texts: Texts) -> str:
    """Name what a weight counts."""
    return texts(f"pages.weight.{weight}.title") if weight in _UNITS else weight


def ratio(covered: float | None, base: float | None, weight: str, texts: Texts) -> str:
    """Write covered of base with the unit.

    Examples
    --------
    >>> from api.texts import texts_in
    >>> ratio(3412, 3905, "households", texts_in("zh"))
    '3,412 / 3,905 户'
    """
    return f"{amount(covered, weight)} / {amount(base, weight)} {unit(weight, texts)}".rstrip()


def quantity(value: float | None, weight: str, texts: Texts) -> str:
    """Write an amount with its unit."""
    return f"{amount(value, weight)} {unit(weight, texts)}".rstrip()


def metres(value: float | None) -> str | None:
    """Write a distance, rounded up to 0.1 m so that 500.04 m never reads as within 500 m.

    Examples
    --------
    >>> metres(412.0), metres(500.04), metres(None)
    ('412.0 m', '500.1 m', None)
    """
    if value is None or isna(value):
        return None
    return f"{ceil(round(value * 10, 6)) / 10:,.1f} m"


def reason(code: Any, texts: Texts) -> str:
    """Say why a place is uncovered or excluded."""
    return texts.either(f"pages.reason.{code}", str(code))


def reasons(amounts: Mapping[str, float], weight: str, texts: Texts) -> list[tuple[str, str]]:
    """List what is behind an amount, reason by reason, leaving out what is nothing."""
    return [
        (reason(code, texts), quantity(value, weight, texts))
        for code, value in amounts.items()
        if value
    ]
