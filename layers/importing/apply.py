"""An import from file to changeset.

Reading, checking, comparing and whatever else can be worked out ahead happen before the write lock
is taken; the writing then insists that the layer is still at the revision that was compared.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from layers.exporting.workbook.sheet import titles_of
from layers.importing.around import look_around
from layers.importing.datum import crs_label
from layers.importing.detective.suspicion import suspicion
from layers.importing.errors import AlreadyImportedError
from layers.importing.mapping import Mapping
from layers.importing.memory import MappingMemory
from layers.importing.plan import Plan, make_plan, without_rejected
from layers.importing.prepare import Prepared, prepare
from layers.importing.progress import Stage, Tell, tell_nobody
from layers.importing.readers import SourceOptions
from layers.importing.readers.places import PLACE_HEADINGS
from layers.importing.reentry import (
    Returning,
    columns_of_identity,
    require_fresh,
    returning_rows,
)
from layers.importing.report import ImportReport, make_report
from layers.importing.source import Source, read_source
from layers.kinds import GeometryFamily, Kind, fold
from layers.store import Cause, ImportSource, Scope, Store
from layers.store.preparing import PreparedChange
from layers.store.writing import ChangeWriter


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """Say how a file is to be taken, and by whom.

    `dry_run` writes nothing; `strict` writes nothing if any row is rejected, or would be taken
    without a value that cannot be read, or if the places fit clearly better in another datum.
    `memory` holds mappings of earlier imports, used where files have the same headings. `tell`
    hears how far it is. `job` names the job that imports, in the same transaction.
    """

    datum: str | None = None
    mapping: Mapping = field(default_factory=Mapping)
    author: str = ""
    message: str = ""
    cause: Cause = Cause.CHANGE
    dry_run: bool = False
    strict: bool = False
    scope: Scope = field(default_factory=Scope.all)
    memory: MappingMemory | None = None
    tell: Tell = tell_nobody
    job: str | None = None


def import_file(
    store: Store, kind: str, path: str | PathLike[str], options: ImportOptions | None = None
) -> ImportReport:
    """Import one layer of a file into the layer `kind`, as one changeset.

    Raises
    ------
    ImportingError
        The file as a whole is refused; nothing is written.
    LayerChangedError
        Somebody else changed the layer meanwhile; nothing is written.
    UnknownKindError, ScopeError, StoreBusyError
    """
    options = options or ImportOptions()
    plan = plan_import(store, kind, path, options)
    return carry_out(store, plan, options)


def carry_out(store: Store, plan: Plan, options: ImportOptions) -> ImportReport:
    """Write what is planned, unless the options forbid it, and give the account.

    Raises
    ------
    LayerChangedError, ScopeError, StoreBusyError
    """
    report = foretell(plan, options)
    if plan.is_empty or options.dry_run or report.refused:
        return report
    return replace(report, changeset=apply_plan(store, plan, options))


def foretell(plan: Plan, options: ImportOptions) -> ImportReport:
    """Give the account of a plan of which nothing is written yet."""
    file_crs = plan.prepared.source.crs
    return make_report(
        plan,
        file_crs=crs_label(file_crs) if file_crs else None,
        dry_run=options.dry_run,
        refused=options.strict and (plan.rejected + plan.warned > 0 or bool(plan.doubts)),
    )


def plan_import(store: Store, kind: str, path: str | PathLike[str], options: ImportOptions) -> Plan:
    """Read, check and compare a file, and look at its rows among all others; write nothing.

    Raises
    ------
    ImportingError, UnknownKindError, ScopeError
    """
    plan = plan_rows(store, kind, path, options)
    look_around(plan, store, options.scope)
    return plan


def plan_rows(store: Store, kind: str, path: str | PathLike[str], options: ImportOptions) -> Plan:
    """Read, check and compare a file, each row for itself; write nothing.

    Raises
    ------
    ImportingError, UnknownKindError, ScopeError
    """
    declared = store.kind(kind)
    options.tell(Stage.READING, 0, 0)
    source, mapping, recalled = _read(Path(path), declared, options)
    revision = store.revision(kind)
    returning = _returning(store, kind, source, mapping, options)
    prepared = prepare(
        source,
        declared,
        mapping,
        datum=options.datum,
        storage_crs=store.settings.storage_crs,
        returning=returning,
        tell=options.tell,
    )
    options.tell(Stage.COMPARING, 0, len(prepared.source))
    stored = returning.stored if returning else _stored(store, prepared, options.scope)
    plan = make_plan(prepared, stored, revision)
    if returning is not None:
        plan = _fresh(store, plan, returning)
    plan = replace(plan, doubts=suspicion(store, prepared, options.scope))
    options.tell(Stage.COMPARING, len(prepared.source), len(prepared.source))
    if not prepared.matches.key_fields and (returning is None or None in returning.uids):
        _refuse_second_time(store, plan)
    return replace(plan, recalled=recalled)


def _read(path: Path, kind: Kind, options: ImportOptions) -> tuple[Source, Mapping, str | None]:
    """Read a file, under what was said of its source earlier and is not said otherwise now."""
    mapping = options.mapping
    source = read_source(path, _source_options(kind, mapping))
    found = options.memory.recall(kind.key, source.headings) if options.memory else None
    if found is None:
        return source, mapping, None
    name, kept = found
    mapping = kept.under(mapping)
    if mapping.source != options.mapping.source:
        source = read_source(path, _source_options(kind, mapping))
    return source, mapping, name


def headings_unasked(plan: Plan, path: Path) -> tuple[str, ...]:
    """Give the headings that a file shows to somebody who has said nothing about its layout."""
    prepared = plan.prepared
    said = prepared.mapping.source
    plain = SourceOptions(layer=said.layer)
    if said == plain:
        return prepared.source.headings
    return read_source(path, _source_options(prepared.kind, Mapping(source=plain))).headings


def _returning(
    store: Store, kind: str, source: Source, mapping: Mapping, options: ImportOptions
) -> Returning | None:
    """Tell which rows came out of this store; none where the user names a key of their own."""
    names = columns_of_identity(list(source.frame.columns))
    if names is None or mapping.key:
        return None
    stored = store.read(kind, scope=options.scope)
    datum = options.datum or mapping.datum
    found = returning_rows(source, stored, names, datum=datum)
    return found if any(found.uids) else None


def _fresh(store: Store, plan: Plan, returning: Returning) -> Plan:
    """Reject edits of what somebody else has changed since it was written."""
    uids = list(plan.changed.values())
    revisions = store.feature_revisions(plan.prepared.kind.key, uids)
    now = {str(uid): int(number) for uid, number in revisions.items()}
    require_fresh(plan.prepared.returning or returning, plan.changed, now, plan.prepared.findings)
    return without_rejected(plan)


def _source_options(kind: Kind, mapping: Mapping) -> SourceOptions:
    """Tell the reader by which headings it may recognise the header of a sheet."""
    said = (name for names in mapping.columns.values() for name in names)
    known = (name for each in kind.fields for name in each.headings)
    places = (mapping.source.x, mapping.source.y, mapping.source.wkt)
    named = (name for name in (*said, *known, *mapping.key, *places, *PLACE_HEADINGS) if name)
    return replace(
        mapping.source,
        headings=frozenset(fold(name) for name in named),
        sheets=frozenset(fold(title) for title in titles_of(kind)),
        points_beside_wkt=GeometryFamily.POINT in kind.geometry,
    )


def _stored(store: Store, prepared: Prepared, scope: Scope) -> GeoDataFrame:
    """Read what the file is compared with: its own fields where it updates, else only codes."""
    matches = prepared.matches
    compared = matches.field_keys() if matches.key_fields else ()
    columns = [prepared.kind.key_field, "valid_to", *compared]
    return store.read(prepared.kind.key, columns=columns, scope=scope)


def apply_plan(store: Store, plan: Plan, options: ImportOptions) -> int | None:
    """Write a plan as one changeset and return its number.

    Raises
    ------
    LayerChangedError, ScopeError, StoreBusyError
    """
    total = len(plan.added) + len(plan.changed)
    options.tell(Stage.WRITING, 0, 0)
    ready = ready_to_write(store, plan)
    with store.change(
        author=options.author,
        message=options.message,
        source=plan.prepared.source.name,
        cause=options.cause,
        scope=options.scope,
        expect={plan.prepared.kind.key: plan.revision},
    ) as writer:
        origins = write_ready(writer, plan, ready)
        source = replace(_import_source(plan), job=options.job)
        writer.record_import(plan.prepared.kind.key, source, origins)
    options.tell(Stage.WRITING, total, total)
    return writer.changeset


def ready_to_write(store: Store, plan: Plan) -> PreparedChange:
    """Work out what a plan writes, before anybody has to wait for it."""
    storage_crs = store.settings.storage_crs
    return store.prepare(
        plan.prepared.kind.key,
        insert=_frame(plan, plan.added, storage_crs),
        update=_frame(plan, list(plan.changed), storage_crs).set_axis(
            pd.Index(plan.changed.values(), name="uid")
        ),
    )


def write_ready(writer: ChangeWriter, plan: Plan, ready: PreparedChange) -> pd.DataFrame:
    """Write a plan as part of a changeset; return where its features came from."""
    writer.apply(ready)
    return _origins(plan, [*plan.added, *plan.changed], [*ready.inserted, *ready.updated])


def _frame(plan: Plan, rows: list[int], storage_crs: str) -> GeoDataFrame:
    fields = plan.prepared.fields.iloc[rows]
    return GeoDataFrame(fields, geometry=_places(plan, rows), crs=storage_crs)


def _places(plan: Plan, rows: list[int]) -> NDArray[np.object_]:
    """Give the places of rows; a row without one keeps the place that its feature has."""
    places = plan.prepared.geometry[rows]
    for i, row in enumerate(rows):
        uid = plan.changed.get(row)
        if places[i] is None and uid is not None and plan.stored is not None:
            places[i] = plan.stored.geometry[uid]
    return places


def _origins(plan: Plan, rows: list[int], uids: list[str]) -> pd.DataFrame:
    source = plan.prepared.source
    nothing = np.full(len(source), None, dtype=object)
    original = nothing if source.original is None else source.original
    return pd.DataFrame(
        {"row_number": source.row_numbers[rows], "original_wkb": original[rows]},
        index=pd.Index(uids, name="uid"),
    )


def _import_source(plan: Plan) -> ImportSource:
    source = plan.prepared.source
    selection = {"layer": source.layer, "where": plan.prepared.where}
    return ImportSource(
        file_name=source.name,
        file_sha256=source.sha256,
        selection=json.dumps(selection, ensure_ascii=False, sort_keys=True),
        datum=plan.prepared.datum.name if plan.prepared.datum else "",
    )


def _refuse_second_time(store: Store, plan: Plan) -> None:
    here = _import_source(plan)
    # An import that was undone has left nothing: the file may come again, mapped better.
    for earlier in store.imports(plan.prepared.kind.key, present=True):
        if (earlier.file_sha256, earlier.selection) == (here.file_sha256, here.selection):
            raise AlreadyImportedError(file=here.file_name, kind=plan.prepared.kind.key)
