"""Reference systems by the addresses that requests name them by."""

from layers.axes import LONGITUDE_LATITUDE
from layers.store import StoreSettings

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
# Beside the store's own two: what web maps and most other programs know.
_ALWAYS = ("EPSG:4326", "EPSG:4490", "EPSG:3857")


def addresses(settings: StoreSettings) -> dict[str, str]:
    """Give the name of each system in which features can be had, by its address."""
    names = dict.fromkeys((settings.storage_crs, settings.metric_crs, *_ALWAYS))
    return {CRS84: LONGITUDE_LATITUDE, **{address(name): name for name in names}}


def address(name: str) -> str:
    """Give the address of a system named as `EPSG:4490`."""
    return CRS84 if name == LONGITUDE_LATITUDE else f"{_EPSG}{name.rpartition(':')[2]}"
