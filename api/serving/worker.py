"""One process that serves until it is told to stop, and then ends in good time."""

import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.service import Service
from api.serving.logs import configure_logging
from api.serving.patience import PatientProtocol
from api.settings import Settings

# What stopping may take beyond the time that requests under way are given.
MARGIN_S = 10
READY = "ready"

_LOG = logging.getLogger("greengrid")
_TURN_S = 0.0005
_QUEUE = 1024  # connections that wait to be taken
_AT_ONCE = 1000  # connections of one process


def serve_here(
    settings: Settings,
    listener: socket.socket,
    announce: Callable[[], None],
    orders: Connection | None = None,
) -> None:
    """Serve in this process; return when it was interrupted, or when `orders` come to their end."""
    # Who writes holds the store's lock while it waits for its turn to run Python: short turns.
    sys.setswitchinterval(_TURN_S)
    server = _Server(settings, announce)
    if orders is not None:
        threading.Thread(target=_obey, args=(orders, server), daemon=True).start()
    with suppress(KeyboardInterrupt):  # Ctrl+C is how one ends it
        server.run(sockets=[listener])
    server.wait_for_threads()


def work(settings: Settings, listener: socket.socket, orders: Connection) -> None:
    """Serve as one process of several; `orders` end with the process that gives them."""
    configure_logging(settings)
    with suppress(KeyboardInterrupt):
        serve_here(settings, listener, lambda: orders.send(READY), orders)


class _Server(uvicorn.Server):
    """Take connections one at a time, say when it can be asked, and end within a given time."""

    def __init__(self, settings: Settings, announce: Callable[[], None]) -> None:
        app = create_app(settings)
        super().__init__(_config(settings, app))
        self._service: Service = app.state.service
        self._announce = announce
        self._within_s = settings.stop_within_s
        self._last_moment = 0.0
        self._alarm: threading.Timer | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            # uvicorn takes as many connections at once as may wait: with one each, processes that
            # share an address take them in turns. More may wait for it all the same.
            listener.listen(_QUEUE)
        self._announce()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.is_stopping = True
        wait_s = self._within_s + MARGIN_S
        self._last_moment = time.monotonic() + wait_s
        self._alarm = threading.Timer(wait_s, _leave)
        self._alarm.daemon = True
        self._alarm.start()
        await super().shutdown(sockets)

    def wait_for_threads(self) -> None:
        """Wait for work that goes on in threads, until the last moment."""
        for thread in threading.enumerate():
            if thread is not threading.current_thread() and not thread.daemon:
                thread.join(max(0.0, self._last_moment - time.monotonic()))
                if thread.is_alive():
                    _leave()
        if self._alarm is not None:
            self._alarm.cancel()


def _config(settings: Settings, app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=1,
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=settings.stop_within_s,
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
    )


def _obey(orders: Connection, server: uvicorn.Server) -> None:
    """Stop when whoever gives the orders stops giving any, be it that their process has ended."""
    with suppress(EOFError, OSError):
        orders.recv()
    server.should_exit = True


def _leave() -> None:
    """End at once: what is not committed leaves no trace in a store."""
    _LOG.error("requests were still under way when the time to stop was over; they were broken off")
    sys.stderr.flush()
    os._exit(1)
