"""What a store knows about itself: its identity, its reference systems, its schema."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, fields
from typing import Self

from pyproj import CRS
from pyproj.exceptions import CRSError
from sqlalchemy import Connection, MetaData, insert, select, update

from gis.crs import is_metric
from layers.errors import MetricCrsError, StorageCrsError

DEFAULT_STORAGE_CRS = "EPSG:4490"
EPOCH = "restore_epoch"


@dataclass(frozen=True, kw_only=True)
class StoreSettings:
    """Describe a store; fixed when it is created, but for the restore epoch.

    `storage_crs` is what geometries are kept in, `metric_crs` what they are measured in; both as
    `EPSG:n`. A restore from a backup starts a new `restore_epoch`, so that no cache made before
    it is taken for today's.
    """

    store_id: str
    restore_epoch: str
    storage_crs: str
    metric_crs: str

    @classmethod
    def new(cls, *, metric_crs: str, storage_crs: str = DEFAULT_STORAGE_CRS) -> Self:
        """Describe a new store.

        Raises
        ------
        MetricCrsError
            Unknown, geographic, in feet, or Web Mercator, whose metres are none.
        StorageCrsError
        """
        metric = _crs(metric_crs)
        if metric is None or metric.to_epsg() is None or not is_metric(metric):
            raise MetricCrsError(found=metric_crs)
        storage = _crs(storage_crs)
        if storage is None or storage.to_epsg() is None or not _is_flat(storage):
            raise StorageCrsError(found=storage_crs)
        return cls(
            store_id=str(uuid.uuid4()),
            restore_epoch=str(uuid.uuid4()),
            storage_crs=f"EPSG:{storage.to_epsg()}",
            metric_crs=f"EPSG:{metric.to_epsg()}",
        )

    @property
    def srid(self) -> int:
        """The number of the storage CRS."""
        return int(self.storage_crs.removeprefix("EPSG:"))

    def save(self, connection: Connection, metadata: MetaData) -> None:
        """Write the settings into a store that has none yet."""
        rows = [{"key": key, "value": value} for key, value in asdict(self).items()]
        connection.execute(insert(metadata.tables["gg_setting"]), rows)

    @staticmethod
    def begin_epoch(connection: Connection, metadata: MetaData) -> None:
        """Give a store that is being restored a new restore epoch."""
        setting = metadata.tables["gg_setting"]
        begun = update(setting).where(setting.c.key == EPOCH).values(value=str(uuid.uuid4()))
        connection.execute(begun)

    @classmethod
    def load(cls, connection: Connection, metadata: MetaData) -> Self:
        """Read the settings of a store."""
        setting = metadata.tables["gg_setting"]
        found = {row.key: row.value for row in connection.execute(select(setting))}
        return cls(**{field.name: found[field.name] for field in fields(cls)})


def _is_flat(crs: CRS) -> bool:
    """Tell whether a system has just longitude and latitude, or easting and northing."""
    return (crs.is_geographic or crs.is_projected) and len(crs.axis_info) == 2


def _crs(name: str) -> CRS | None:
    try:
        return CRS.from_user_input(name)
    except CRSError:
        return None
