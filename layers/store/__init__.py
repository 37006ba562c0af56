"""Where layers live: one file or one database, with every version of everything."""

from layers.store.changesets import DIRECT, Cause, Changeset
from layers.store.copying import Copied
from layers.store.cql import Filter
from layers.store.declaring import Deed, KindOutcome
from layers.store.differences import FeatureChange, FieldChange, Happening, KindDiff, StoreDiff
from layers.store.inside import StoreState
from layers.store.moving import copy_store, restore_backup
from layers.store.opening import create_store, is_store, open_store
from layers.store.outside import DirectEdit
from layers.store.paging import Extent, Order, Page, PageQuestion
from layers.store.plain import PlainRows
from layers.store.preparing import PreparedChange
from layers.store.records import ImportSource
from layers.store.scope import Scope, Verb
from layers.store.settings import StoreSettings
from layers.store.store import Store
from layers.store.writing import ChangeWriter

__all__ = [
    "DIRECT",
    "Cause",
    "ChangeWriter",
    "Changeset",
    "Copied",
    "Deed",
    "DirectEdit",
    "Extent",
    "FeatureChange",
    "FieldChange",
    "Filter",
    "Happening",
    "ImportSource",
    "KindDiff",
    "KindOutcome",
    "Order",
    "Page",
    "PageQuestion",
    "PlainRows",
    "PreparedChange",
    "Scope",
    "Store",
    "StoreDiff",
    "StoreSettings",
    "StoreState",
    "Verb",
    "copy_store",
    "create_store",
    "is_store",
    "open_store",
    "restore_backup",
]
