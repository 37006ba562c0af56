"""`greengrid serve`: the map pages of a store."""

import errno
import socket
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.cli.console import Console
from api.cli.options import StoreOption, console_of
from api.errors import AddressUnusableError
from api.rights.gate import Gate, is_loopback
from api.settings import Settings, load_settings

HostOption = Annotated[str | None, typer.Option("--host", metavar="ADDRESS")]
PortOption = Annotated[int | None, typer.Option("--port", metavar="N", min=0, max=65535)]


def serve(
    context: typer.Context,
    store: StoreOption = None,
    host: HostOption = None,
    port: PortOption = None,
) -> None:
    """Serve until interrupted."""
    console = console_of(context)
    settings = load_settings(store=store, host=host, port=port)
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
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as fault:
        # The numbers of name look-ups are none of the system's.
        reason = errno.errorcode.get(fault.errno or 0, "unknown_host")
        raise AddressUnusableError(
            host=settings.host, port=str(settings.port), reason=reason
        ) from fault


def serve_store(settings: Settings, listener: socket.socket, console: Console) -> None:
    """Serve a store and print the address to open; return when interrupted."""
    app = create_app(settings)
    config = uvicorn.Config(app, log_level="warning")
    server = _AnnouncingServer(config, console, app.state.service.gate, settings.host)
    with suppress(KeyboardInterrupt):  # Ctrl+C is how one ends it
        server.run(sockets=[listener])


class _AnnouncingServer(uvicorn.Server):
    """Say where the pages are once they can be opened, and not before."""

    def __init__(self, config: uvicorn.Config, console: Console, gate: Gate, host: str) -> None:
        super().__init__(config)
        self._gate, self._host = gate, host
        self._console = console

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            self._console.say("cli.serve.address", url=f"http://{shown}:{port}/")
            self._tell_of_rights(f"http://{shown}:{port}/")

    def _tell_of_rights(self, url: str) -> None:
        """Say where the first administrator is made, as long as there is none."""
        code = self._gate.make_setup_code()
        if code is not None:
            who = "local" if is_loopback(self._host) else "nobody"
            # The code stands behind the #, which browsers send to no server and no log.
            self._console.say(f"cli.serve.no_accounts_{who}", url=f"{url}setup#{code}")
