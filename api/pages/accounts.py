"""Signing in and out, one's own account, and the first set-up."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Response
from fastapi.responses import RedirectResponse

from api.errors import (
    ApiError,
    FormStaleError,
    PageNotFoundError,
    PasswordsDifferError,
    TooManyAttemptsError,
)
from api.pages.visit import Visit, VisitByAnybody
from api.rights.forms import FORM_COOKIE, form_key, require_form, set_cookie
from api.rights.gate import SESSION_COOKIE, Gate, address_of, by_of
from api.statuses import status_of
from gis.errors import CodedError
from layers.accounts import IDLE, LASTING, Standing
from layers.accounts.errors import AccountsError
from layers.store import Verb

router = APIRouter(include_in_schema=False)

_NAME = Form(max_length=200)
_PASSWORD = Form(max_length=1000)
_TOKEN = Form(max_length=100)
_PATH = Query(max_length=2000)


@router.get("/login")
def login(visit: VisitByAnybody, to: Annotated[str, _PATH] = "/") -> Response:
    """Ask for name and password."""
    if visit.visitor.standing is Standing.OWNER:
        return _redirect(visit, "/setup")
    return _form_page(visit, "login.html", to=_own_path(to))


@router.post("/login")
def sign_in(
    visit: VisitByAnybody,
    name: Annotated[str, _NAME],
    password: Annotated[str, _PASSWORD],
    form: Annotated[str, _TOKEN] = "",
    to: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Begin a session."""
    request, gate = visit.request, _gate(visit)
    try:
        require_form(request, form)
        gate.count_attempt(address_of(request), name)
        secret = gate.accounts.sessions.begin(name, password, by=by_of(request, name))
    except (ApiError, AccountsError) as refusal:
        return _form_page(visit, "login.html", refusal, to=_own_path(to), name=name)
    gate.accounts.attempts.forget(name)
    answer = _redirect(visit, _own_path(to))
    age = int(LASTING.total_seconds())
    set_cookie(answer, request, SESSION_COOKIE, secret, lasting_s=age)
    return answer


@router.post("/logout")
def sign_out(
    visit: VisitByAnybody,
    form: Annotated[str, _TOKEN] = "",
    everywhere: Annotated[bool, Form()] = False,  # noqa: FBT002 - a field of a form
) -> Response:
    """End this session, or all of the account."""
    request, sessions = visit.request, _gate(visit).accounts.sessions
    require_form(request, form)
    secret = request.cookies.get(SESSION_COOKIE)
    if visit.visitor.standing is Standing.SIGNED_IN and secret is not None:
        if everywhere:
            sessions.end_all(visit.visitor.account_id, by=by_of(request))
        else:
            sessions.end(secret, by=by_of(request))
    answer = _redirect(visit, "/login")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/account")
def account(visit: VisitByAnybody) -> Response:
    """Show what the visitor is known as, and may do."""
    if visit.visitor.standing is not Standing.SIGNED_IN:
        return _redirect(visit, "/login?" + urlencode({"to": "/account"}))
    return _account_page(visit)


@router.get("/logout")
@router.get("/account/password")
def back_to_account(visit: VisitByAnybody) -> Response:
    """Lead whoever comes back to where a form was sent to the page with the form."""
    return _redirect(visit, "/account")


@router.post("/account/password")
def change_password(
    visit: VisitByAnybody,
    old: Annotated[str, _PASSWORD],
    password: Annotated[str, _PASSWORD],
    again: Annotated[str, _PASSWORD],
    form: Annotated[str, _TOKEN] = "",
) -> Response:
    """Give the visitor's account another password, after the old one; all sessions end."""
    request, gate, name = visit.request, _gate(visit), visit.visitor.name
    require_form(request, form)
    if visit.visitor.standing is not Standing.SIGNED_IN:
        raise FormStaleError
    try:
        gate.count_attempt(address_of(request), name)
        if password != again:
            raise PasswordsDifferError
        gate.accounts.sessions.verify(name, old, by=by_of(request))
        gate.accounts.people.set_password(name, password, by=by_of(request))
        gate.accounts.attempts.forget(name)
    except (ApiError, AccountsError) as refusal:
        return _account_page(visit, refusal)
    answer = _redirect(visit, "/login")
    answer.delete_cookie(SESSION_COOKIE, path="/")
    return answer


@router.get("/setup")
def first_page(visit: VisitByAnybody) -> Response:
    """Ask for the first administrator, as long as there is none."""
    _require_no_administrator(visit)
    return _form_page(visit, "setup.html")


@router.post("/setup")
def set_up(
    visit: VisitByAnybody,
    code: Annotated[str, Form(max_length=100)],
    name: Annotated[str, _NAME],
    password: Annotated[str, _PASSWORD],
    again: Annotated[str, _PASSWORD],
    form: Annotated[str, _TOKEN] = "",
) -> Response:
    """Make the first administrator."""
    _require_no_administrator(visit)
    request, gate = visit.request, _gate(visit)
    try:
        require_form(request, form)
        gate.count_attempt(address_of(request), "")
        if password != again:
            raise PasswordsDifferError
        gate.set_up(code, name, password, by=by_of(request, name))
    except (ApiError, AccountsError) as refusal:
        return _form_page(visit, "setup.html", refusal, name=name, code=code)
    return _redirect(visit, "/login")


def _gate(visit: Visit) -> Gate:
    return visit.service.gate


def _require_no_administrator(visit: Visit) -> None:
    if not _gate(visit).is_unset:
        raise PageNotFoundError(path=visit.request.url.path)


def _own_path(to: str) -> str:
    """Keep to paths of this server: another site must not be where signing in leads."""
    is_ours = to.startswith("/") and not to.startswith("//") and "\\" not in to
    return to if is_ours and to.isprintable() else "/"


def _redirect(visit: Visit, path: str) -> RedirectResponse:
    target = visit.url(path) if "?" not in path else path
    return RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})


def _account_page(visit: Visit, refusal: CodedError | None = None) -> Response:
    accounts = _gate(visit).accounts
    found = accounts.people.named(visit.visitor.name)
    return _form_page(
        visit,
        "account.html",
        refusal,
        account=found,
        roles=[visit.texts(f"accounts.role.{grant.role}") for grant in found.grants],
        abilities=_abilities(visit),
        sessions=accounts.sessions.of(found.id),
        idle_hours=IDLE.total_seconds() / 3600,
    )


def _abilities(visit: Visit) -> list[dict[str, str]]:
    """List what the visitor may do with each kind: everywhere, and only in some units."""
    scope, texts = visit.scope, visit.texts

    def said(key: str, *, everywhere: bool) -> str:
        return texts.enumerate(
            texts(f"accounts.verb.{verb.value}")
            for verb in Verb
            if scope.allows(verb, key) and (scope.units_for(verb, key) is None) == everywhere
        )

    return [
        {
            "kind": texts.title(kind),
            "everywhere": said(key, everywhere=True),
            "in_part": said(key, everywhere=False),
        }
        for key, kind in visit.kinds.items()
        if any(scope.allows(verb, key) for verb in Verb)
    ]


def _form_page(
    visit: Visit, template: str, refusal: CodedError | None = None, **context: Any
) -> Response:
    """Send a page with forms, which nobody keeps; a refusal is said above the form."""
    key = form_key(visit.request)
    said = "" if refusal is None else visit.texts.error(refusal)
    page = visit.page(template, form=key.token, refusal=said, **{"name": "", "code": "", **context})
    answer = visit.uncached(page, status=200 if refusal is None else status_of(refusal))
    if isinstance(refusal, TooManyAttemptsError):
        answer.headers["Retry-After"] = str(refusal.values["wait_s"])
    set_cookie(answer, visit.request, FORM_COOKIE, key.secret, strict=True)
    return answer
