"""Features of a layer, page by page, and one by one."""

from typing import Any

from fastapi import Response

from api.errors import ItemMissingError
from api.ogc import files, pages
from api.ogc.answers import answer, to_json
from api.ogc.asking import ItemsAsked, epoch_of, read_item, read_items
from api.ogc.collections import MEDIA_OF
from api.ogc.door import FILES, Door
from api.ogc.versions import revision_of, tag_of
from api.zipping import Joined
from layers.clock import now
from layers.exporting.geojson import feature_texts
from layers.kinds import Kind
from layers.store import Page
from layers.store.found import FoundRows

_FORMATS = ("json", "html", *FILES)


def every(door: Door, key: str) -> Response:
    """Give features, in the format that is wanted."""
    door.glance(key)
    kind = door.collection(key)
    form = door.format(_FORMATS)
    asked = read_items(door, kind, form)
    headers = {"Content-Crs": f"<{asked.crs}>"}

    def make() -> Any:
        page = door.store.page(kind.key, asked.question, scope=door.scope)
        links = _links(door, kind, form, page)
        shown = door.told(kind)
        if form == "html":
            return pages.items(door, shown, page, links)
        if form in FILES:
            return files.as_file(door, shown, page, asked, form, links)
        return _collection(door, shown, page, asked, links)

    return answer(door, MEDIA_OF[form], make, kind=kind.key, headers=headers)


def one(door: Door, key: str, uid: str) -> Response:
    """Give one feature, under the version that who changes it has to name."""
    door.glance(key)
    kind = door.collection(key)
    form = door.format()
    asked = read_item(door, uid)
    as_of = asked.question.as_of
    if as_of is None:
        now = door.store.feature(kind.key, uid, scope=door.scope)
        rows, revision = now.rows, now.revision
    else:
        revision = revision_of(door, kind, uid, as_of)  # before what is read, if it moves
        rows = door.store.page(kind.key, asked.question, scope=door.scope).rows
    if not len(rows):
        raise ItemMissingError(collection=key, item=uid)

    def make() -> Any:
        if form == "html":
            return pages.item(door, door.told(kind), rows)
        (text,) = feature_texts(door.told(kind), rows, asked.crs_name)
        path = f"/collections/{kind.key}"
        links = [
            *door.alternates(form, {"json": "geojson", "html": "html"}),
            door.link("collection", door.url(path), "json", door.texts.title(kind)),
        ]
        told = {"links": links, **_withheld(door, rows)}
        return text[:-1] + b"," + to_json(told)[1:]

    tag = tag_of(door, kind, revision, MEDIA_OF[form])
    headers = {"Content-Crs": f"<{asked.crs}>", "ETag": tag}
    return answer(door, MEDIA_OF[form], make, kind=kind.key, headers=headers)


def _links(door: Door, kind: Kind, form: str, page: Page) -> list[dict[str, Any]]:
    links = [
        *door.alternates(form, MEDIA_OF),
        door.link("collection", door.url(f"/collections/{kind.key}"), "json"),
    ]
    if page.last_uid is None:
        return links
    # As of the changeset that this page shows: who reads on reads one state to its end.
    after = f"{epoch_of(door)}.{page.last_uid}"
    onward = {"as-of": page.changeset, "after": after}
    return [*links, door.link("next", door.here(**onward), MEDIA_OF[form])]


def _withheld(door: Door, rows: FoundRows) -> dict[str, Any]:
    """Name the features of which counts are withheld, and say why."""
    uids = rows.withheld
    return {"withheld": {"ids": uids, "reason": door.texts("ogc.withheld_why")}} if uids else {}


def _collection(
    door: Door, kind: Kind, page: Page, asked: ItemsAsked, links: list[dict[str, Any]]
) -> Joined | bytes:
    texts = feature_texts(kind, page.rows, asked.crs_name)
    moment = now().isoformat(timespec="seconds").replace("+00:00", "Z")
    told = {
        "numberMatched": page.matched,
        "numberReturned": len(texts),
        "timeStamp": moment,
        "links": links,
        **_withheld(door, page.rows),
    }
    joined = Joined(
        head=b'{"type":"FeatureCollection","features":[',
        pieces=texts,
        tail=b"]," + to_json(told)[1:],
    )
    # Pages of all features come again after each write; what somebody looks for, rarely.
    return joined if asked.question.is_plain else joined.plain()
