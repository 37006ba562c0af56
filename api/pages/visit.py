"""One request for a page: its language, its links, and how its answer is sent."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response
from markupsafe import Markup

from api.errors import NothingGrantedError, SignInNeededError
from api.maps.assets import PAGE_SCRIPTS, PAGE_STYLES, Assets, file_policy
from api.maps.base import Rendered
from api.maps.scene import MapOptions
from api.pages.policy import POLICY, digest_of, dressed
from api.rights import VisitorNow, visitor_of
from api.service import Service
from api.templates import render
from api.texts import choose_lang, texts_in
from layers.accounts import Standing, Visitor
from layers.clock import today
from layers.kinds import Kinds
from layers.store import Scope

_PAGES = (
    ("overview", "/"),
    ("layers", "/maps/layers"),
    ("coverage", "/maps/coverage"),
    ("gaps", "/maps/gaps"),
    ("rules", "/rules"),
    ("data", "/ogc"),
)


class Visit:
    """What a page needs to know about the request for it."""

    def __init__(
        self, request: Request, lang: str | None, *, export: bool, can_export: bool = True
    ) -> None:
        self.request = request
        self.service: Service = request.app.state.service
        self.settings = self.service.settings
        accepted = request.headers.get("accept-language")
        self.texts = texts_in(choose_lang(lang, accepted, self.settings.lang))
        self.export = export
        self._can_export = can_export
        self._lang_is_chosen = lang is not None

    @property
    def visitor(self) -> Visitor:
        """Who makes the request."""
        return visitor_of(self.request)

    @property
    def scope(self) -> Scope:
        """What the visitor may see and change."""
        return self.visitor.scope

    @property
    def today(self) -> dt.date:
        """The day of the request, where the server is."""
        return today()

    @property
    def kinds(self) -> Kinds:
        """The kinds of the store that is shown."""
        return self.service.store.kinds

    def url(self, path: str, **parameters: object) -> str:
        """Give the address of a page, in the language that was chosen."""
        given = {name: str(value) for name, value in parameters.items() if value is not None}
        if self._lang_is_chosen:
            given.setdefault("lang", self.texts.lang)
        return f"{path}?{urlencode(given)}" if given else path

    def here(self, **changed: object) -> str:
        """Give the address of this page with some parameters changed."""
        given = dict(self.request.query_params) | {k: str(v) for k, v in changed.items()}
        return f"{self.request.url.path}?{urlencode(given)}"

    def navigation(self, *, can_export: bool = True) -> Markup:
        """Make the bar at the top; an exported page has none."""
        if self.export:
            return Markup()
        can_export = can_export and self._can_export
        path = self.request.url.path
        nav = {
            "home": self.url("/"),
            "place": self.settings.public_title,
            "entries": [
                {
                    "title": self.texts(f"pages.nav.{name}"),
                    "url": self.url(address),
                    "current": address == path,
                }
                for name, address in _PAGES
            ],
            "export": self.here(export=1, lang=self.texts.lang) if can_export else "",
            "switch": self.here(lang=self.texts.other),
            "account": self._account(),
        }
        return render("bar.html", self.texts, nav=nav)

    def _account(self) -> dict[str, str]:
        """Lead to the visitor's account, or to where one is had."""
        title, path = {
            Standing.OWNER: ("owner", "/setup"),
            Standing.PUBLIC: ("sign_in", "/login"),
        }.get(self.visitor.standing, ("account", "/account"))
        said = f"accounts.nav.{title}"
        return {
            "title": self.texts(said),
            "url": self.url(path),
            "help": self.texts.either(f"{said}_help", ""),
        }

    def map_options(self, **more: Any) -> MapOptions:
        """Say how a map page is made; an export leads nowhere, so it has no controls."""
        links = {} if self.export else more
        return MapOptions(
            texts=self.texts,
            assets=Assets(inline=self.export),
            navigation=self.navigation(),
            max_shapes=self.settings.max_shapes,
            place=self.settings.public_title,
            data_credit=self.settings.data_credit,
            map_approval=self.settings.map_approval,
            kinds=self.kinds,
            **links,
        )

    def page(self, template: str, **context: Any) -> Rendered:
        """Render a page without a map."""
        assets = Assets(PAGE_STYLES, context.pop("scripts", PAGE_SCRIPTS), inline=self.export)
        navigation = self.navigation()
        policy = file_policy(assets.script_hashes) if self.export else ""
        shared = {
            "assets": assets,
            "navigation": navigation,
            "policy": policy,
            "visit": self,
            # A browser that may not say where a form comes from says it comes from elsewhere.
            "referrer": "no-referrer" if self._can_export else "same-origin",
        }
        html = render(template, self.texts, **shared, **context)
        return Rendered(str(html), tuple(assets.script_hashes))

    def answer(self, name: str, make: Callable[[], Rendered]) -> Response:
        """Send a page, made now or remembered; nothing when the browser has it already."""
        key = (
            self.request.url.path,
            tuple(sorted(self.request.query_params.items())),
            self.texts.lang,
            self.today,
            self.scope,
            self.visitor.standing,
            self.visitor.administers,
        )
        made = self.service.page(key, make)
        etag = f'"{digest_of(made)[:32]}"'
        headers = {
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Language, Accept, Authorization, Cookie",
            "Content-Language": self.texts.html_lang,
        }
        if self.export:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.html"
        if self.request.headers.get("if-none-match") == etag:  # it has page and policy already
            return Response(status_code=304, headers=headers)
        sent = dressed(made)
        headers[POLICY] = sent.policy
        return Response(sent.html, media_type="text/html", headers=headers)

    def uncached(self, made: Rendered, *, status: int = 200) -> Response:
        """Send a page that is nobody else's business, and that nobody keeps."""
        sent = dressed(made)
        headers = {
            "Cache-Control": "no-store",
            "Content-Language": self.texts.html_lang,
            POLICY: sent.policy,
            "Referrer-Policy": "same-origin",
        }
        return Response(sent.html, status, headers=headers, media_type="text/html")


async def visit(
    request: Request,
    visitor: VisitorNow,
    lang: Annotated[str | None, Query(max_length=20)] = None,
    export: Annotated[bool, Query()] = False,  # noqa: FBT002  a query parameter has no keyword
) -> Visit:
    """Read what all pages have in common from a request.

    Raises
    ------
    SignInNeededError, NothingGrantedError
        There is nothing that the visitor may see.
    """
    found = Visit(request, lang, export=export)
    require_something(found, visitor.scope)
    return found


def require_something(found: Visit, scope: Scope) -> None:
    """Refuse a visitor who may see nothing at all.

    Raises
    ------
    SignInNeededError, NothingGrantedError
    """
    if not scope.is_empty:
        return
    if found.visitor.is_known:
        raise NothingGrantedError(name=found.visitor.name)
    raise SignInNeededError


async def visit_by_anybody(
    request: Request, lang: Annotated[str | None, Query(max_length=20)] = None
) -> Visit:
    """Read the same for a page that is shown to everybody."""
    return Visit(request, lang, export=False, can_export=False)


VisitNow = Annotated[Visit, Depends(visit)]
VisitByAnybody = Annotated[Visit, Depends(visit_by_anybody)]
