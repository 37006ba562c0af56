"""One request under `/ogc`: who asks, in which language and format, and what may be seen."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response

from api.errors import CollectionMissingError, ParameterError, ParameterUnknownError
from api.pages.visit import Visit, require_something
from api.recall import may_be_recalled
from api.rights import ScopeNow, visitor_of
from api.texts import LANGS
from layers.kinds import Kind, Kinds
from layers.store import Extent, Scope, Store, StoreState, Verb
from layers.store.raw import Sight

# By format, the media type that is sent.
MEDIA = {
    "json": "application/json",
    "geojson": "application/geo+json",
    "schema": "application/schema+json",
    "openapi": "application/vnd.oai.openapi+json;version=3.0",
    "html": "text/html",
    "mvt": "application/vnd.mapbox-vector-tile",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
}
FILES = ("csv", "xlsx", "gpkg")
# By media type that a client may prefer, the value of `f` that it stands for.
_PREFERRED = {
    "application/json": "json",
    "application/geo+json": "json",
    "application/schema+json": "json",
    "text/html": "html",
    **{MEDIA[name]: name for name in FILES},
}
COMMON = ("f", "lang")


class Door:
    """What every answer under `/ogc` needs to know about its request."""

    def __init__(self, request: Request, scope: Scope, path: str | None = None) -> None:
        """Take a request for what it asks for, or for the address `path` that it has led to."""
        self.request = request
        self._path = request.url.path if path is None else path
        self.scope = scope
        lang = request.query_params.get("lang")
        self.visit = Visit(request, lang, export=False, can_export=False)
        self.texts = self.visit.texts
        self._revisions: dict[str, int] = {}
        self.base = str(request.base_url).rstrip("/") + "/ogc"

    @property
    def store(self) -> Store:
        """The store that is served."""
        return self.visit.service.store

    @cached_property
    def state(self) -> StoreState:
        """The state of the store when it was first looked at for this request."""
        return self.store.state()

    def sight(self, key: str) -> Sight | None:
        """Look at the store and at a layer at once, unless no such layer is known yet."""
        if key not in self.store.kinds:
            return None
        found = self.visit.service.tiles.look(key)
        self.__dict__.setdefault("state", found.state)
        return found

    def glance(self, key: str) -> None:
        """Look at the store and at the revision of a layer at once, as most answers need both."""
        if key in self.store.kinds:
            found = self.store.sight(key)
            self.__dict__.setdefault("state", found.state)
            self._revisions.setdefault(key, found.revision)

    def parameters(self, *known: str) -> dict[str, str]:
        """Give the parameters of the request; each may come once, and only those that are known.

        Raises
        ------
        ParameterUnknownError, ParameterError
        """
        given: dict[str, str] = {}
        for name, value in self.request.query_params.multi_items():
            if name in given or name not in (*COMMON, *known):
                raise ParameterUnknownError(parameter=name, known=[*COMMON, *known])
            given[name] = value
        if given.get("lang", LANGS[0]) not in LANGS:
            raise ParameterError(parameter="lang", found=given["lang"][:80], allowed=list(LANGS))
        return given

    def format(self, allowed: Collection[str] = ("json", "html")) -> str:
        """Choose the format: by `f`, else by what the client prefers; the first is the default.

        Raises
        ------
        ParameterError
        """
        wanted = self.request.query_params.get("f")
        if wanted is not None:
            if wanted not in allowed:
                raise ParameterError(parameter="f", found=wanted, allowed=list(allowed))
            return wanted
        for media in _accepted(self.request.headers.get("accept", "")):
            if _PREFERRED.get(media) in allowed:
                return _PREFERRED[media]
        return next(iter(allowed))

    def collections(self) -> list[Kind]:
        """List the layers that may be read here."""
        return [found for key in self._kinds if (found := self._readable(key)) is not None]

    def collection(self, key: str) -> Kind:
        """Find a layer; one that may not be read is as absent as one that is not there.

        Raises
        ------
        CollectionMissingError
        """
        found = self._readable(key) if key in self._kinds else None
        if found is None:
            raise CollectionMissingError(collection=key)
        return found

    @cached_property
    def _kinds(self) -> Kinds:
        _ = self.state  # notices kinds that were declared meanwhile
        return self.store.kinds

    def _readable(self, key: str) -> Kind | None:
        if not self.scope.allows(Verb.READ, key):
            return None
        return _shown(self._kinds[key], self.scope.hidden_fields(key))

    def told(self, kind: Kind) -> Kind:
        """Give a layer with the fields of which only some features tell; they are not asked by."""
        return self._kinds[kind.key]

    def extent(self, kind: Kind) -> Extent:
        """Find where and when the features of a layer are, or remember it."""
        state = self.state
        life = (state.store_id, state.restore_epoch, state.declaration)
        return self.visit.service.extent((*life, self.revision(kind.key)), kind.key, self.scope)

    def look_at(self, kinds: Iterable[Kind]) -> None:
        """Find the revisions of several layers at once, which is quicker than one by one."""
        self._revisions.update(self.store.revisions([kind.key for kind in kinds]))

    def revision(self, key: str) -> int:
        """Give the changeset that what may be seen of a layer depends on."""
        # Units may move beneath features, and whose counts are told depends on other layers.
        is_alone = not self.scope.hidden_fields(key)
        if is_alone and self.scope.units_for(Verb.READ, key) is None:
            if key not in self._revisions:
                self._revisions[key] = self.store.revision(key)
            return self._revisions[key]
        return self.state.changeset  # units may move beneath features

    def may_be_recalled(self) -> None:
        """Say that the answer depends on store, accounts, day and request, and on nothing else."""
        address = self.request.scope
        anew = partial(_answer_anew, address["endpoint"], address["path_params"])
        may_be_recalled(self.request, self.scope, anew)

    def url(self, path: str = "", **parameters: object) -> str:
        """Give an address under `/ogc`."""
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        if given.get("f") == "html" and "lang" in self.request.query_params:
            given.setdefault("lang", self.texts.lang)  # who chose a language keeps it
        return f"{self.base}{path}?{urlencode(given)}" if given else f"{self.base}{path}"

    def here(self, **changed: object) -> str:
        """Give the address of this request with some parameters changed; None takes one away."""
        given: dict[str, object] = dict(self.request.query_params) | changed
        kept = {name: str(value) for name, value in given.items() if value is not None}
        path = f"{str(self.request.base_url).rstrip('/')}{self._path}"
        return f"{path}?{urlencode(kept)}" if kept else path

    def link(self, rel: str, href: str, kind: str, title: str = "") -> dict[str, Any]:
        """Make a link, with the media type of a format."""
        link = {"rel": rel, "href": href, "type": MEDIA[kind]}
        return {**link, "title": title} if title else link

    def alternates(self, chosen: str, formats: dict[str, str]) -> list[dict[str, Any]]:
        """Link this address in every format; `formats` gives the media by the value of `f`."""
        return [
            self.link("self" if name == chosen else "alternate", self.here(f=name), media)
            for name, media in formats.items()
        ]


def _shown(kind: Kind, hidden: frozenset[str]) -> Kind:
    """Give a kind as if it did not have the fields that are hidden."""
    if not hidden:
        return kind
    return replace(kind, own_fields=tuple(one for one in kind.own_fields if one.key not in hidden))


def _accepted(header: str) -> Iterator[str]:
    """List media types, the most wanted first."""
    ranked = []
    for position, item in enumerate(header.split(",")):
        media, *parameters = (part.strip() for part in item.split(";"))
        quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
        try:
            ranked.append((-float(quality), position, media))
        except ValueError:
            continue
    return (media for quality, _, media in sorted(ranked) if quality < 0)


async def door(request: Request, scope: ScopeNow) -> Door:
    """Read what all addresses have in common from a request.

    Raises
    ------
    SignInNeededError, NothingGrantedError
        There is nothing that the visitor may see.
    """
    found = Door(request, scope)
    require_something(found.visit, scope)
    return found


def _answer_anew(
    endpoint: Callable[..., Response], given: Mapping[str, str], request: Request
) -> Response:
    """Answer a request of which it is known whom it asks, and what was `given` in its path."""
    request.scope.update(endpoint=endpoint, path_params=given)
    scope = visitor_of(request).scope
    found = Door(request, scope)
    require_something(found.visit, scope)
    return endpoint(found, **given)


DoorNow = Annotated[Door, Depends(door)]
