"""Who makes a request: asked once for each, answered by what it shows."""

import base64
import binascii
import ipaddress
from contextlib import suppress

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.errors import CredentialsRefusedError, SetupCodeError, TooManyAttemptsError
from api.settings import Settings
from layers.accounts import Account, Accounts, By, Standing, Visitor
from layers.accounts.accounts import Known
from layers.kinds import Kinds
from layers.store import Scope

SESSION_COOKIE = "greengrid_session"
LONGEST_TOKEN = 200

_NOBODY = Visitor(standing=Standing.PUBLIC, scope=Scope.nothing())
# Whoever adds these speaks for somebody else, who need not be on this machine.
_FORWARDING = ("forwarded", "x-forwarded-for", "x-real-ip")


class Gate:
    """Know visitors by session or token, and let the first administrator in by a code."""

    def __init__(self, settings: Settings, accounts: Accounts) -> None:
        self.accounts = accounts
        self._is_local = is_loopback(settings.host)

    @property
    def is_unset(self) -> bool:
        """Tell whether there is no administrator yet."""
        return not self.accounts.have_administrator()

    def make_setup_code(self) -> str | None:
        """Make a code for the first set-up; None once there is an administrator."""
        return self.accounts.setup_codes.make() if self.is_unset else None

    def set_up(self, code: str, name: str, password: str, *, by: By) -> Account:
        """Make the first administrator.

        Raises
        ------
        SetupCodeError
        LastAdministratorError, AccountTakenError, AccountNameError, PasswordUnfitError
        """
        if not self.accounts.setup_codes.knows(code):
            if self.accounts.exist():
                self.accounts.journal.note(by, "set_up", name, result="refused")
            raise SetupCodeError
        made = self.accounts.people.add(name, password, by=by, role="administrator", first=True)
        self.accounts.setup_codes.forget_all()
        return made

    def count_attempt(self, address: str, name: str) -> None:
        """Count one more attempt to be let in.

        Raises
        ------
        TooManyAttemptsError
        """
        wait = self.accounts.attempts.count(address, name)
        if wait:
            raise TooManyAttemptsError(wait_s=wait)

    def known(self, request: Request, kinds: Kinds) -> tuple[Known, Visitor]:
        """Say who makes a request, and how long that is sure.

        Raises
        ------
        CredentialsRefusedError
            A token that lets nobody in: it is not taken for that of an unknown visitor.
        """
        token = token_of(request)
        known = self.accounts.known(
            kinds,
            session=request.cookies.get(SESSION_COOKIE),
            token=token,
            is_owner=self._is_owner(request),
        )
        if known.visitor is None:
            raise CredentialsRefusedError
        return known, known.visitor

    def _is_owner(self, request: Request) -> bool:
        """Tell whether somebody on this machine asks for it by a name of its own.

        By another name a page of another site may ask, whose name leads here for the moment.
        """
        handed_on = any(name in request.headers for name in _FORWARDING)
        return self._is_local and not handed_on and is_loopback(request.url.hostname or "")


def visitor_of(request: Request) -> Visitor:
    """Say who makes a request; until that is known, and where it cannot be, it is nobody.

    Raises
    ------
    CredentialsRefusedError, StoreError
    """
    found: Visitor | None = getattr(request.state, "visitor", None)
    if found is None:
        request.state.visitor = _NOBODY
        service = request.app.state.service
        known, found = service.gate.known(request, service.store.kinds)
        request.state.known, request.state.visitor = known, found
    return found


async def visitor_here(request: Request) -> Visitor:
    """Say the same as a dependency, of which many make no more than one way to a thread.

    Raises
    ------
    CredentialsRefusedError, StoreError
    """
    found: Visitor | None = getattr(request.state, "visitor", None)
    return await run_in_threadpool(visitor_of, request) if found is None else found


def by_of(request: Request, who: str = "") -> By:
    """Say for the journal who does something, and from where."""
    name = who or visitor_of(request).name
    return By(who=name or "-", origin=address_of(request), request_id=request_id_of(request))


def address_of(request: Request) -> str:
    """Give the address from which a request comes."""
    return request.client.host if request.client else ""


def request_id_of(request: Request) -> str:
    """Give the name under which a request stands in logs and journal."""
    return str(getattr(request.state, "request_id", ""))


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches an address."""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def comes_from_here(request: Request) -> bool:
    """Tell whether a program on this machine asks for itself, by a name of the machine's own."""
    handed_on = any(name in request.headers for name in _FORWARDING)
    return (
        not handed_on
        and is_loopback(address_of(request))
        and is_loopback(request.url.hostname or "")
    )


def token_of(request: Request) -> str | None:
    """Read the token that a program shows: as a bearer, or as the password of a user.

    Desktop programs ask for a user and a password, and know of nothing else.
    """
    how, _, shown = request.headers.get("authorization", "").partition(" ")
    if not how:
        return None
    if how.lower() == "basic":
        try:
            shown = base64.b64decode(shown[: LONGEST_TOKEN * 2], validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return shown.partition(":")[2][:LONGEST_TOKEN]
    return shown.strip()[:LONGEST_TOKEN] if how.lower() == "bearer" else ""
