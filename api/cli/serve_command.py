"""`greengrid serve`: the map pages of a store."""

from typing import Annotated

import typer
import uvicorn

from api.app import create_app
from api.cli.console import Console
from api.cli.options import StoreOption, console_of
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
    serve_store(load_settings(store=store, host=host, port=port), console)


def serve_store(settings: Settings, console: Console) -> None:
    """Serve a store and print the address to open."""
    app = create_app(settings)
    server = _AnnouncingServer(
        uvicorn.Config(app, host=settings.host, port=settings.port, log_level="warning"), console
    )
    server.run()


class _AnnouncingServer(uvicorn.Server):
    """Say where the pages are once they can be opened, and not before."""

    def __init__(self, config: uvicorn.Config, console: Console) -> None:
        super().__init__(config)
        self._console = console

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # the sockets are passed on as they came
        await super().startup(sockets)  # type: ignore[arg-type]  # as above
        for server in self.servers:
            for socket in server.sockets:
                host, port = socket.getsockname()[:2]
                self._console.say("cli.serve.address", url=f"http://{host}:{port}/")
