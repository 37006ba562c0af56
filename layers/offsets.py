"""How a file says that its degrees are those of GCJ-02 or BD-09: by a local system of that name.

No system is registered for the two. A local one is converted to no other by any program, so that
nobody lays shifted places over true ones by mistake.
"""

from __future__ import annotations

from pyproj import CRS

OFFSET_DATUMS = ("GCJ-02", "BD-09")
_LABEL = (
    'LOCAL_CS["{name}",LOCAL_DATUM["{name}",0],UNIT["degree",0.0174532925199433],'
    'AXIS["Longitude",EAST],AXIS["Latitude",NORTH]]'
)


def offset_label(name: str) -> CRS:
    """Give the label that a file in shifted coordinates carries.

    Examples
    --------
    >>> offset_named_by(offset_label("GCJ-02"))
    'GCJ-02'
    """
    return CRS.from_wkt(_LABEL.format(name=name))


def offset_named_by(crs: CRS) -> str | None:
    """Name the shifted datum that a label stands for; None for every other system."""
    return crs.name if crs.is_engineering and crs.name in OFFSET_DATUMS else None
