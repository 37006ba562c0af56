"""Which features are checked, and the account of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from geopandas import GeoDataFrame

from layers.checking.bands import GRID_BAND, Band
from layers.checking.rows import Finding, check_neighbours, check_rows, repeated_keys
from layers.checking.units import check_units
from layers.importing.checks import Register
from layers.importing.problems import Severity
from layers.kinds import Kind
from layers.store import DirectEdit, Store


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """Tell what was edited past the service, and what is wrong with what was checked.

    `checked` counts features by kind. `edits` are those of changesets after `since`; `changeset`
    is the store's last one.
    """

    since: int
    changeset: int
    edits: tuple[DirectEdit, ...]
    checked: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """Count what an import would not have let in."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)

    def counts(self) -> dict[str, int]:
        """Count the findings by code, the most frequent first."""
        return dict(Counter(finding.code for finding in self.findings).most_common())


def check_store(
    store: Store,
    *,
    since: int = 0,
    everything: bool = False,
    kinds: Collection[str] | None = None,
    band: Band | None = GRID_BAND,
) -> CheckReport:
    """Check what other programs edited in changesets after `since`, or all that the store holds.

    Whether units tile the ground is looked at as a whole, where any of them is; `band` says how
    many households are usual in a grid.

    Raises
    ------
    UnknownKindError
    ChangesetUnknownError
        There is no changeset `since`.
    """
    chosen = [store.kind(key) for key in (store.kinds if kinds is None else kinds)]
    store.changeset_at(since)  # refuses a number that there is not
    changeset = store.changeset_at()
    edits = [edit for edit in store.direct_edits(since) if edit.kind in {k.key for k in chosen}]
    checked: dict[str, int] = {}
    findings: list[Finding] = []
    register = Register(store)
    for kind in chosen:
        uids = None if everything else _still_there(edit for edit in edits if edit.kind == kind.key)
        if uids is not None and not uids:
            continue
        number, found = _check_kind(register, kind, uids)
        if number:
            checked[kind.key] = number
        findings.extend(found)
    findings.extend(check_units(register, set(checked), band))
    return CheckReport(
        since=since,
        changeset=changeset,
        edits=tuple(edits),
        checked=checked,
        findings=tuple(findings),
    )


def _still_there(edits: Iterable[DirectEdit]) -> set[str]:
    """Name the features that the last edit of each has left in their layer."""
    last = {edit.uid: edit.operation for edit in edits}
    return {uid for uid, operation in last.items() if operation != "delete"}


def _check_kind(register: Register, kind: Kind, uids: set[str] | None) -> tuple[int, list[Finding]]:
    store = register.store
    features: GeoDataFrame = store.read(kind.key)
    if features.empty:
        return 0, []
    shared = repeated_keys(kind, features)
    among = check_neighbours(kind, features, register, uids)
    if uids is not None:
        features = features[features.index.isin(uids)]
        shared = [finding for finding in shared if finding.uid in uids]
    if features.empty:
        return 0, []
    written = store.as_written(kind.key, uids)
    metric_crs = store.settings.metric_crs
    found = [*check_rows(kind, features, written, metric_crs=metric_crs), *shared, *among]
    order = {uid: position for position, uid in enumerate(features.index)}
    return len(features), sorted(found, key=lambda finding: order[finding.uid])
