"""What became of every row of a file."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from layers.importing.headings import Proposal
from layers.importing.mapping import ColumnMatch
from layers.importing.plan import Change, Plan
from layers.importing.problems import Problem, shown
from layers.importing.readers import Remark


@dataclass(frozen=True, kw_only=True)
class ImportReport:
    """Account for every row: read = filtered_out + added + changed + unchanged + rejected.

    `warned` counts rows that are among the taken ones, but without a value that cannot be read,
    `noticed` those of the others that somebody should look at.
    `missing_in_file` are keys that the store has and the file has not; nothing happened to
    them. `proposed` says what columns that nothing takes may be meant for; `recalled` names the
    mapping of an earlier import that was used. `notes` count rows to which something happened that
    is no problem. `remarks` are what the reader said of the file: among them the lines of a sheet
    that are no rows, so that rows, header and those lines make up the whole sheet. `written`
    is False for a trial, where `strict` refused the whole file, and where nothing was to be
    written.
    """

    kind: str
    file: str
    sha256: str
    layer: str | None
    encoding: str | None
    datum: str | None
    file_crs: str | None
    where: str | None
    read: int
    filtered_out: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    warned: int
    noticed: int
    missing_in_file: tuple[str, ...]
    columns: tuple[ColumnMatch, ...]
    not_stored: tuple[str, ...]
    proposed: tuple[Proposal, ...]
    recalled: str | None
    notes: Mapping[str, int]
    remarks: tuple[Remark, ...]
    problems: tuple[Problem, ...]
    changes: tuple[Change, ...]
    dry_run: bool
    refused: bool
    changeset: int | None

    @property
    def written(self) -> bool:
        """Tell whether the store changed."""
        return self.changeset is not None

    def problem_counts(self) -> dict[tuple[str, str | None], int]:
        """Count the problems by code and field, the most frequent first."""
        counted = Counter((problem.code, problem.field) for problem in self.problems)
        return dict(counted.most_common())

    def to_dict(self) -> dict[str, object]:
        """Give plain values, for JSON."""
        plain = {
            name: value
            for name, value in vars(self).items()
            if name not in {"columns", "problems", "changes"}
        }
        return {
            **plain,
            "written": self.written,
            "missing_in_file": list(self.missing_in_file),
            "not_stored": list(self.not_stored),
            "proposed": {each.column: list(each.fields) for each in self.proposed},
            "remarks": [remark.to_dict() for remark in self.remarks],
            "notes": dict(self.notes),
            "columns": {
                match.field.key: {"columns": list(match.columns), "how": match.how.value}
                for match in self.columns
            },
            "problems": [problem.to_dict() for problem in self.problems],
            "changes": [_change(change) for change in self.changes],
        }


def make_report(plan: Plan, *, file_crs: str | None, dry_run: bool, refused: bool) -> ImportReport:
    """Write down what a plan does, or would do."""
    prepared = plan.prepared
    source = prepared.source
    return ImportReport(
        kind=prepared.kind.key,
        file=source.name,
        sha256=source.sha256,
        layer=source.layer,
        encoding=source.encoding,
        datum=prepared.datum.name if prepared.datum else None,
        file_crs=file_crs,
        where=prepared.where,
        read=prepared.read,
        filtered_out=prepared.read - len(source),
        added=len(plan.added),
        changed=len(plan.changed),
        unchanged=len(plan.unchanged),
        rejected=plan.rejected,
        warned=plan.warned,
        noticed=plan.noticed,
        missing_in_file=plan.missing,
        columns=prepared.matches.fields,
        not_stored=prepared.matches.not_stored,
        proposed=prepared.matches.proposed,
        recalled=plan.recalled,
        notes=dict(prepared.findings.notes),
        remarks=(*source.remarks, *plan.doubts),
        problems=prepared.findings.problems(),
        changes=plan.changes,
        dry_run=dry_run,
        refused=refused,
        changeset=None,
    )


def _change(change: Change) -> dict[str, object]:
    return {
        "row": change.row,
        "key": change.key,
        "uid": change.uid,
        "fields": {
            name: [_json(value) for value in values] for name, values in change.fields.items()
        },
    }


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else shown(value)
