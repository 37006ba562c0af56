"""What every request goes through before anybody looks at what it asks."""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import ApiError, FormStaleError, RequestTooLargeError
from api.pages.problems import problem
from api.rights.gate import SESSION_COOKIE
from api.rights.witness import bear_witness, deed_of

LONGEST_FORM = 64 * 1024  # bytes

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OURS = frozenset({"same-origin", "none"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Guard:
    """Refuse what another site makes a browser send, and have what is done written down."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = None if scope["method"] in _SAFE else _refusal(Headers(scope=scope))
        if refusal is None:
            await self._pass_on(scope, receive, send)
            return
        answer = await run_in_threadpool(problem, Request(scope), refusal)
        await answer(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through; what it did is written down once it is answered."""
        request = Request(scope)
        if deed_of(request) is None:
            await self.app(scope, receive, send)
            return
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            await run_in_threadpool(bear_witness, request, status)


def _refusal(headers: Headers) -> ApiError | None:
    """Find what is wrong with a request that changes something, by its headers alone."""
    if _is_foreign(headers):
        return FormStaleError()
    is_form = headers.get("content-type", "").lower().startswith(_FORMS)
    length = headers.get("content-length", "")
    if is_form and not (length.isdecimal() and int(length) <= LONGEST_FORM):
        return RequestTooLargeError(largest=LONGEST_FORM)
    return None


def _is_foreign(headers: Headers) -> bool:
    """Tell whether a page of another site sends this; programs are no pages and say nothing."""
    if "authorization" in headers:  # no browser adds that by itself to what another site sends
        return False
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None and SESSION_COOKIE in headers.get("cookie", ""):
        # Browsers say where it comes from; one too old to say so has a form's own token to show.
        return not headers.get("content-type", "").lower().startswith(_FORMS)
    if site is not None and site not in _OURS:
        return True
    return origin is not None and urlsplit(origin).netloc != headers.get("host")
