"""Forms that only our own pages can send.

A page with a form brings a cookie that no script can read, and in the form a token made of it and
of the session. Another site can make a browser send the cookie, but does not know the token.
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple

from fastapi import Request, Response

from api.errors import FormStaleError
from api.rights.gate import SESSION_COOKIE
from layers.accounts import Standing, Visitor

FORM_COOKIE = "greengrid_form"
FORM_HEADER = "X-Greengrid-Form"
"""In which scripts of our pages send the token; whoever shows a token of their own needs none."""
LONGEST_TOKEN = 64


class FormKey(NamedTuple):
    """What goes into the cookie of a form, and the token that goes into the form."""

    secret: str
    token: str


def form_key(request: Request) -> FormKey:
    """Make the key of the forms on a page; that of an earlier page stays good."""
    secret = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(32)
    return FormKey(secret, _token(secret, request))


def require_form(request: Request, token: str) -> None:
    """Refuse a form that does not come from a page of ours.

    Raises
    ------
    FormStaleError
    """
    secret = request.cookies.get(FORM_COOKIE, "")
    if not secret or not hmac.compare_digest(token.encode(), _token(secret, request).encode()):
        raise FormStaleError


def require_own_page(request: Request, visitor: Visitor) -> None:
    """Refuse a change that a browser's session asks for, but none of our pages.

    Raises
    ------
    FormStaleError
    """
    if visitor.standing is Standing.SIGNED_IN:
        require_form(request, request.headers.get(FORM_HEADER, "")[:LONGEST_TOKEN])


def set_cookie(
    answer: Response,
    request: Request,
    name: str,
    value: str,
    *,
    lasting_s: int | None = None,
    strict: bool = False,
) -> None:
    """Set a cookie that no script reads, and that travels unencrypted only where all does."""
    answer.set_cookie(
        name,
        value,
        max_age=lasting_s,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict" if strict else "lax",
    )


def _token(secret: str, request: Request) -> str:
    session = request.cookies.get(SESSION_COOKIE, "")
    return hmac.new(secret.encode(), f"form {session}".encode(), hashlib.sha256).hexdigest()
