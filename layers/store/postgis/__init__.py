"""The store of a city: a PostgreSQL database with PostGIS."""

from layers.store.postgis.database import Postgis

__all__ = ["Postgis"]
