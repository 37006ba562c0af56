"""`greengrid serve`: the map pages of a store."""

import errno
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console
from api.cli.options import StoreOption, console_of
from api.errors import AddressUnusableError, CertificateHalfError, StoreNotChosenError
from api.rights.gate import Gate, is_loopback
from api.serving.crew import Crew
from api.serving.logs import configure_logging
from api.serving.tls import days_left, require_certificate
from api.serving.worker import serve_here
from api.settings import STORE_VARIABLE, Settings, load_settings
from layers import open_store
from layers.accounts import open_accounts

HostOption = Annotated[str | None, typer.Option("--host", metavar="ADDRESS")]
PortOption = Annotated[int | None, typer.Option("--port", metavar="N", min=0, max=65535)]
_SOON_DAYS = 30


def serve(
    context: typer.Context,
    store: StoreOption = None,
    host: HostOption = None,
    port: PortOption = None,
    tls: Annotated[tuple[Path, Path] | None, typer.Option("--tls", metavar="CERT KEY")] = None,
    workers: Annotated[int | None, typer.Option("--workers", metavar="N", min=1, max=64)] = None,
    log: Annotated[str | None, typer.Option("--log", metavar="text|json")] = None,
) -> None:
    """Serve until interrupted."""
    console = console_of(context)
    certificate, key = tls or (None, None)
    settings = load_settings(
        store=store, host=host, port=port,
        tls_cert=certificate, tls_key=key, workers=workers, log=log,
    )  # fmt: skip
    _require_tls(settings, console)
    with listen(settings) as listener:
        serve_store(settings, listener, console)


def listen(settings: Settings) -> socket.socket:
    """Take hold of the address before any long work is done for it.

    Raises
    ------
    AddressUnusableError
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listener = socket.create_server((settings.host, settings.port), family=family)
    except OSError as fault:
        # The numbers of name look-ups are none of the system's.
        reason = errno.errorcode.get(fault.errno or 0, "unknown_host")
        raise AddressUnusableError(
            host=settings.host, port=str(settings.port), reason=reason
        ) from fault
    # Answers are written in two parts: without this, a small one waits for the client's word that
    # it has the first, which that keeps back for 40 milliseconds. Connections inherit it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve_store(settings: Settings, listener: socket.socket, console: Console) -> None:
    """Serve a store and print the address to open; return when interrupted or told to end.

    Raises
    ------
    StoreNotChosenError, WorkersFailedError, StoreError
    """
    if not settings.store:
        raise StoreNotChosenError(variable=STORE_VARIABLE)
    configure_logging(settings)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # one end for both
    announce = _announcing(settings, listener, console)
    if settings.workers == 1:
        serve_here(settings, listener, announce)
        return
    open_store(settings.store).close()  # refused here, or brought up to date once for all
    Crew(settings, listener, announce).run()


def _announcing(
    settings: Settings, listener: socket.socket, console: Console
) -> Callable[[], None]:
    """Say where the pages are once they can be opened, and not before."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    url = f"{'https' if settings.tls_cert else 'http'}://{shown}:{port}/"

    def announce() -> None:
        console.say("cli.serve.address", url=url)
        with closing(open_accounts(settings.store or "")) as accounts:
            code = Gate(settings, accounts).make_setup_code()
        if code is not None:
            who = "local" if is_loopback(settings.host) else "nobody"
            # The code stands behind the #, which browsers send to no server and no log.
            console.say(f"cli.serve.no_accounts_{who}", url=f"{url}setup#{code}")

    return announce


def _require_tls(settings: Settings, console: Console) -> None:
    """Refuse a certificate that would serve nobody; say when it ends soon.

    Raises
    ------
    CertificateError, CertificateHalfError, FileMissingError, FileUnusableError
    """
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None and key is None:
        return
    if certificate is None or key is None:
        raise CertificateHalfError
    left = days_left(require_certificate(certificate, key))
    if left < _SOON_DAYS:
        console.note("cli.serve.certificate_ends", certificate=str(certificate), days=left)
