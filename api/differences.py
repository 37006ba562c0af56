"""A difference between two states in words, and as plain data."""

from collections.abc import Iterator
from typing import Any

from api.texts import Texts
from layers import StoreDiff
from layers.kinds import LIST_SEPARATOR, Field, Kind
from layers.store import FeatureChange, Happening, KindDiff

# Between the value before and the value after.
ARROW = " → "


def happening_title(happening: str, texts: Texts) -> str:
    """Name what happened."""
    return texts(f"diff.happening.{happening}")


def span(diff: StoreDiff, texts: Texts) -> str:
    """Say between which changesets the difference lies."""
    return texts("diff.span", since=diff.since, until=diff.until)


def counted(diff: StoreDiff, texts: Texts) -> list[tuple[str, dict[str, int]]]:
    """Count by layer, under its title, what happened; layers of a theme stand together."""
    return [(texts.title(each.kind), each.counts) for each in diff.kinds.values()]


def total(diff: StoreDiff, happening: Happening | None = None) -> int:
    """Count the features that differ, or those of them to which one thing happened."""
    return sum(
        count
        for counts in diff.counts.values()
        for name, count in counts.items()
        if happening in (None, name)
    )


def worded(value: Any, field: Field, texts: Texts) -> str:
    """Write a value as people read it, codes by their titles; nothing as a dash."""
    if value is None:
        return "–"
    if field.codes is None:
        return texts.value(value)
    parts = str(value).split(LIST_SEPARATOR)
    choices = [(part, field.codes.find(part)) for part in parts]
    return texts.enumerate(
        part if choice is None else texts.title(choice) for part, choice in choices
    )


def sentences(change: FeatureChange, kind: Kind, texts: Texts) -> list[str]:
    """Say of a changed feature what its fields were and became, and whether it moved."""
    if change.happening is not Happening.CHANGED:
        return []
    said = [
        f"{texts.title(field)} {worded(each.before, field, texts)}{ARROW}"
        f"{worded(each.after, field, texts)}"
        for each in change.fields
        for field in (kind.field_named(each.field),)
    ]
    return [*said, texts("diff.moved")] if change.moved else said


def changes_of(each: KindDiff) -> Iterator[FeatureChange]:
    """Go through the features that differ: the added, the changed, the removed; each by code."""
    order = list(Happening)
    yield from sorted(
        each.changes(),
        key=lambda change: (order.index(change.happening), change.code or "", change.uid),
    )


def plain_diff(diff: StoreDiff) -> dict[str, Any]:
    """Give a difference as JSON-able data; geometries as WKT in the store's system."""
    return {
        "since": diff.since,
        "until": diff.until,
        "counts": diff.counts,
        "changes": [_plain_change(change) for change in diff.changes()],
    }


def _plain_change(change: FeatureChange) -> dict[str, Any]:
    places = (change.geometry_before, change.geometry_after)
    before, after = (None if place is None else place.wkt for place in places)
    differs = change.moved or change.happening is not Happening.CHANGED
    geometry = {"geometry_before": before, "geometry_after": after} if differs else {}
    return {
        "kind": change.kind,
        "uid": change.uid,
        "code": change.code,
        "name": change.name,
        "change": change.happening.value,
        "moved": change.moved,
        "fields": {
            each.field: {"before": _plain(each.before), "after": _plain(each.after)}
            for each in change.fields
        },
        **geometry,
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
