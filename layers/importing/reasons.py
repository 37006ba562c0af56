"""Why a geometry is no geometry: the words of GEOS as codes, and the place they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import shapely

# How GEOS begins its sentences.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "Self-intersection": "self_intersection",
        "Ring Self-intersection": "ring_self_intersection",
        "Too few points": "too_few_points",
        "Invalid number of points": "too_few_points",
        "Ring is not closed": "ring_not_closed",
        "Points of LinearRing do not form": "ring_not_closed",
        "Hole lies outside shell": "hole_outside_shell",
        "Holes are nested": "nested_holes",
        "Nested shells": "nested_shells",
        "Duplicate Rings": "duplicate_rings",
        "Interior is disconnected": "interior_disconnected",
        "Invalid Coordinate": "invalid_coordinate",
        "Input buffer is smaller": "cut_off",
        "Unexpected EOF": "cut_off",
        "Expected ": "unreadable",
        "Unknown type": "unreadable",
        "Unknown WKB type": "unreadable",
    }
)
_EXCEPTION = re.compile(r"^(Illegal\w+|Parse)Exception: ")
_PLACE = re.compile(r"\[(-?[\d.eE+-]+) (-?[\d.eE+-]+)\]")


def why_invalid(geometry: shapely.Geometry) -> dict[str, object]:
    """Say why a geometry is invalid, and where: `reason`, `x`, `y`."""
    words = shapely.is_valid_reason(geometry)
    place = _PLACE.search(words)
    x, y = (float(place[1]), float(place[2])) if place else (None, None)
    return {"reason": reason_of(words.partition("[")[0]), "x": x, "y": y}


def why_unbuildable(wkb: bytes) -> str:
    """Say why a geometry cannot be built from its bytes."""
    try:
        shapely.from_wkb(wkb)
    except (shapely.errors.GEOSException, TypeError) as error:
        return reason_of(str(error))
    return "unknown"


def why_unreadable(wkt: str) -> str:
    """Say why a geometry cannot be read from its text."""
    try:
        shapely.from_wkt(wkt)
    except shapely.errors.GEOSException as error:
        return reason_of(str(error))
    return "unknown"


def reason_of(words: str) -> str:
    """Find the code for what GEOS says; its own words where there is none.

    Examples
    --------
    >>> reason_of("Self-intersection"), reason_of("IllegalArgumentException: Ring is not closed")
    ('self_intersection', 'ring_not_closed')
    """
    plain = _EXCEPTION.sub("", words).strip()
    return next((code for start, code in REASONS.items() if plain.startswith(start)), plain)
