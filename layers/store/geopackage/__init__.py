"""The embedded store: one GeoPackage file, on the SQLite that comes with Python."""

from layers.store.geopackage.file import GeoPackage, require_store

__all__ = ["GeoPackage", "require_store"]
