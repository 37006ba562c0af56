"""What the layers refuse, as a tree: one small class for each refusal.

    LayersError
    ├── UnknownKindError           LookupError       a kind that nobody declared
    ├── UnknownFieldError          LookupError       a field that the kind does not have
    ├── KindNotPointsError         TypeError         a kind that does not consist of points
    ├── ScopeError                 PermissionError   not allowed to do that, or not there
    ├── StoreError
    │   ├── StoreMissingError      FileNotFoundError no store at that place
    │   ├── StoreExistsError       FileExistsError   a file is there already
    │   ├── NotAStoreError         ValueError        a file, but not a store
    │   ├── StoreTooNewError       ValueError        written by a newer version
    │   ├── BackendUnsupportedError ValueError       a database that stores cannot live in
    │   ├── DriverMissingError     ImportError       the package for that database is not installed
    │   ├── StoreUnreachableError  ConnectionError   a database server that does not let us in
    │   ├── StoreForbiddenError    PermissionError   a database user without the rights
    │   ├── PostgisMissingError    RuntimeError      a database without PostGIS, or not in UTF-8
    │   ├── StoreBusyError         TimeoutError      somebody else is writing for too long
    │   ├── CopyDiffersError       RuntimeError      a copy that is not what was copied
    │   ├── StoreUnusableError     OSError           damaged, read-only, or its disk is full
    │   └── MetricCrsError         ValueError        not a CRS to measure in; StorageCrsError alike
    ├── ChangesetUnknownError      LookupError       no changeset of that number
    ├── RunUnknownError            LookupError       no run of that id
    ├── FeatureMissingError        LookupError       a uid that is not in the layer
    ├── FeatureRejectedError       ValueError        a row that the table cannot hold
    ├── FilterError                ValueError        a CQL2 filter that cannot be applied
    ├── LayerChangedError          RuntimeError      written to since a change was prepared
    ├── StaleFeaturesError         RuntimeError      the same of single features
    ├── UndoRefusedError           RuntimeError      later changesets built upon the one to undo
    ├── PageLostError              LookupError       a page after a feature that is not there
    ├── PlotUnknownError           ValueError        no plot has that code
    └── AnalysisInputError         ValueError        the store lacks what an analysis needs

An error carries a `code` and named `values`, never a sentence for users; the sentence belongs to
the message catalogue of the doors.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from gis.errors import CodedError


class LayersError(CodedError):
    """Refuse something, with a code and the values that a message needs."""

    code = "layers_error"


class UnknownKindError(LayersError, LookupError):
    """Refuse a layer kind that nobody declared; `close` holds the keys that look like it."""

    code = "unknown_kind"
    names = ("key", "close", "known")

    def __init__(self, key: str, known: Iterable[str]) -> None:
        """Look for keys close to `key` among the `known`."""
        keys = tuple(known)
        super().__init__(key=key, close=tuple(get_close_matches(key.lower(), keys)), known=keys)


class UnknownFieldError(LayersError, LookupError):
    """Refuse a field that the kind does not have."""

    code = "unknown_field"
    names = ("kind", "field", "known")


class KindNotPointsError(LayersError, TypeError):
    """Refuse to read a kind as points that has other geometries, or none."""

    code = "kind_not_points"
    names = ("kind",)


class ScopeError(LayersError, PermissionError):
    """Refuse what the caller's scope does not allow."""

    code = "out_of_scope"
    names = ("verb", "kind")


class StoreError(LayersError):
    """Refuse something about the store itself."""

    code = "store"


class StoreMissingError(StoreError, FileNotFoundError):
    """Refuse to open a store that is not there."""

    code = "store_missing"
    names = ("path",)


class StoreExistsError(StoreError, FileExistsError):
    """Refuse to create a store where a file is."""

    code = "store_exists"
    names = ("path",)


class NotAStoreError(StoreError, ValueError):
    """Refuse a file that is no store; `found` says what it is instead."""

    code = "not_a_store"
    names = ("path", "found")


class StoreTooNewError(StoreError, ValueError):
    """Refuse a store whose schema a newer version wrote."""

    code = "store_too_new"
    names = ("path", "found", "known")


class BackendUnsupportedError(StoreError, ValueError):
    """Refuse a database that stores cannot live in."""

    code = "backend_unsupported"
    names = ("found", "allowed")


class DriverMissingError(StoreError, ImportError):
    """Refuse a database for which a package is missing; `package` is its name."""

    code = "driver_missing"
    names = ("package",)


class StoreUnreachableError(StoreError, ConnectionError):
    """Report that a database server does not let us in, or no longer answers.

    `reason` is `no_answer`, `refused` (user or password) or `database_missing`.
    """

    code = "store_unreachable"
    names = ("path", "reason")


class StoreForbiddenError(StoreError, PermissionError):
    """Report that the database user lacks the rights for what was asked."""

    code = "store_forbidden"
    names = ("path",)


class PostgisMissingError(StoreError, RuntimeError):
    """Refuse a database that cannot hold places: without PostGIS, or in another code than UTF-8.

    `missing` is `postgis` or `UTF8`.
    """

    code = "postgis_missing"
    names = ("path", "missing")


class StoreBusyError(StoreError, TimeoutError):
    """Report that another writer held the store for longer than we wait."""

    code = "store_busy"
    names = ("path", "waited_s")


class StoreUnusableError(StoreError, OSError):
    """Report that the database cannot be read or written; `reason` is its own name for why."""

    code = "store_unusable"
    names = ("path", "reason")


class CopyDiffersError(StoreError, RuntimeError):
    """Refuse to keep a copy whose content hash is not that of what was copied."""

    code = "copy_differs"
    names = ("path", "source", "copy")


class MetricCrsError(StoreError, ValueError):
    """Refuse a CRS that does not count in metres at ground scale, Web Mercator among them."""

    code = "metric_crs_unsuitable"
    names = ("found",)


class StorageCrsError(StoreError, ValueError):
    """Refuse a storage CRS that is unknown, has no EPSG number or more than two axes."""

    code = "storage_crs_unsuitable"
    names = ("found",)


class ChangesetUnknownError(LayersError, LookupError):
    """Refuse a changeset number that the store has not reached."""

    code = "changeset_unknown"
    names = ("found", "last")


class RunUnknownError(LayersError, LookupError):
    """Refuse a run id that the store does not hold."""

    code = "run_unknown"
    names = ("found",)


class FeatureMissingError(LayersError, LookupError):
    """Refuse to change features that the layer does not hold; `uids` are the first of them."""

    code = "feature_missing"
    names = ("kind", "uids", "count")


class FeatureRejectedError(LayersError, ValueError):
    """Refuse a frame that the layer's table cannot hold."""

    code = "feature_rejected"
    names = ("kind", "field", "found")


class LayerChangedError(LayersError, RuntimeError):
    """Refuse to write what was prepared from a revision that is no longer the layer's last."""

    code = "layer_changed"
    names = ("kind", "expected", "found")


@dataclass(frozen=True, kw_only=True)
class StaleFeature:
    """Name a feature that is no longer as somebody has seen it; the revisions are changesets."""

    uid: str
    code: str | None
    expected: int
    found: int

    def __str__(self) -> str:
        """Give code and revisions, for messages in any language."""
        return f"{self.code or self.uid} ({self.expected} → {self.found})"


class StaleFeaturesError(LayersError, RuntimeError):
    """Refuse to write features that were touched since; `stale` are the first of them."""

    code = "features_stale"
    names = ("kind", "stale", "count")


@dataclass(frozen=True, kw_only=True)
class LaterChange:
    """Name a feature that later changesets have made something else of."""

    kind: str
    uid: str
    code: str | None
    changesets: tuple[int, ...]

    def __str__(self) -> str:
        """Give layer, code and changesets, for messages in any language."""
        numbers = ", ".join(f"#{number}" for number in self.changesets)
        return f"{self.kind} {self.code or self.uid} ({numbers})"


class UndoRefusedError(LayersError, RuntimeError):
    """Refuse to undo what later changesets build upon; `later` are the first of its features."""

    code = "undo_refused"
    names = ("number", "later", "count")


class FilterError(LayersError, ValueError):
    """Refuse a CQL2 filter; `reason` is a code of what is wrong with it."""

    code = "filter_invalid"
    names = ("text", "reason", "found", "known")


class PageLostError(LayersError, LookupError):
    """Refuse to go on after a feature that is not among those asked for."""

    code = "page_lost"
    names = ("after",)


class PlotUnknownError(LayersError, ValueError):
    """Refuse a plot that is not there, or has no place, under the code that was named."""

    code = "plot_unknown"
    names = ("code",)


class AnalysisInputError(LayersError, ValueError):
    """Refuse an analysis for want of data; `missing` names the kind or field that it needs."""

    code = "analysis_input_missing"
    names = ("analysis", "missing", "reason")
