"""Which coordinate reference systems measures may be taken in.

A length or an area means something only in a projected system that counts in metres at ground
scale. Web Mercator counts in metres too, but stretches them by 1 / cos(latitude): "300 m" in it
are 223 m on the ground at 42 degrees north. This module is the only place that decides.

Known limit: world-wide equal-area projections pass, though they distort lengths; a store's
metric system is to be the local one.
"""

from geopandas import GeoDataFrame, GeoSeries
from pyproj import CRS

from gis.errors import CrsMismatchError, CrsMissingError, CrsNotDegreesError, CrsNotMetricError

__all__ = ["crs_name", "is_metric", "require_degrees", "require_metres"]

# Mercator is true to scale at one latitude only, for most of its systems the equator.
_MERCATOR_METHODS = frozenset(
    {
        "Popular Visualisation Pseudo Mercator",
        "Mercator (variant A)",
        "Mercator (variant B)",
        "Mercator (variant C)",
    }
)


def is_metric(crs: CRS) -> bool:
    """Tell whether `crs` counts in metres at ground scale where it applies.

    Examples
    --------
    >>> [is_metric(CRS.from_epsg(code)) for code in (4326, 3857, 2263, 4551)]
    [False, False, False, True]
    """
    horizontal = _horizontal(crs)
    if not horizontal.is_projected or _method(horizontal) in _MERCATOR_METHODS:
        return False
    return all(axis.unit_name == "metre" for axis in horizontal.axis_info)


def require_metres(**layers: GeoSeries | GeoDataFrame) -> CRS:
    """Refuse layers without a common reference system in metres; return that system.

    Parameters
    ----------
    layers
        The layers under the names of the arguments they came in as, for the error.

    Raises
    ------
    CrsMissingError, CrsNotMetricError, CrsMismatchError

    Examples
    --------
    >>> homes = GeoSeries.from_xy([0], [0], crs=4551)
    >>> require_metres(places=homes).name
    'CGCS2000 / 3-degree Gauss-Kruger CM 126E'
    """
    crs = [(name, _declared(name, layer)) for name, layer in layers.items()]
    for name, found in crs:
        if not is_metric(found):
            raise CrsNotMetricError(argument=name, crs=crs_name(found))
    (first_name, first), *others = crs
    for name, found in others:
        if not _same(first, found):
            raise CrsMismatchError(
                argument=name, crs=crs_name(found), other=first_name, other_crs=crs_name(first)
            )
    return first


def require_degrees(**layers: GeoSeries | GeoDataFrame) -> None:
    """Refuse layers that declare a reference system which does not count in degrees.

    A layer that declares none passes: the datums GCJ-02 and BD-09 have no registered system.

    Raises
    ------
    CrsNotDegreesError
    """
    for name, layer in layers.items():
        if layer.crs is not None and not _in_degrees(layer.crs):
            raise CrsNotDegreesError(argument=name, crs=crs_name(layer.crs))


def crs_name(crs: CRS) -> str:
    """Give the shortest name by which `crs` can be looked up, such as `EPSG:4551`."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else crs.name


def _declared(name: str, layer: GeoSeries | GeoDataFrame) -> CRS:
    if layer.crs is None:
        raise CrsMissingError(argument=name)
    crs: CRS = layer.crs
    return crs


def _horizontal(crs: CRS) -> CRS:
    """Strip heights and datum shifts from `crs`."""
    if crs.is_bound and crs.source_crs is not None:
        return _horizontal(crs.source_crs)
    return _horizontal(crs.sub_crs_list[0]) if crs.is_compound else crs


def _method(crs: CRS) -> str:
    return crs.coordinate_operation.method_name if crs.coordinate_operation else ""


def _in_degrees(crs: CRS) -> bool:
    return crs.is_geographic and _horizontal(crs).axis_info[0].unit_name == "degree"


def _same(one: CRS, other: CRS) -> bool:
    # Shapefiles spell a registered system in a way of their own, with another order of axes;
    # layers hold x before y whatever that order is.
    if one == other:
        return True
    code = one.to_epsg()
    return code is not None and code == other.to_epsg()
