"""The web service, put together. Nothing happens before `create_app` is called."""

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import StoreNotChosenError
from api.maps.assets import static_folder
from api.ogc import router as ogc
from api.pages import accounts, health, jobs, maps, overview, rules, runs
from api.pages.policy import POLICY, content_security_policy
from api.pages.problems import answer_problems
from api.recall import Recall
from api.rights.guard import Guard
from api.service import Service
from api.serving.watch import Watch
from api.settings import STORE_VARIABLE, Settings
from layers import open_store

_YEAR_S = 31_536_000
_STOCKTAKING_S = 5
_THREADS = 4

# Sent with every response; a page's own policy replaces the one here.
_HEADERS = {
    POLICY: content_security_policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# As they are sent, once and for all.
_RAW = tuple((name.lower().encode(), text.encode()) for name, text in _HEADERS.items())
_RAW_POLICY = POLICY.lower().encode()


def create_app(settings: Settings) -> FastAPI:
    """Open the store and put the service together.

    Raises
    ------
    StoreNotChosenError
        The settings name no store.
    StoreError
        What they name cannot be opened.
    """
    if not settings.store:
        raise StoreNotChosenError(variable=STORE_VARIABLE)
    service = Service(settings, open_store(settings.store))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # More threads than that only stand in each other's way: one at a time runs Python.
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        with service.running():
            stocktaking = asyncio.create_task(_take_stock(service))
            yield
            service.is_stopping = True
            stocktaking.cancel()

    app = FastAPI(
        title="GreenGrid",
        version=version("greengrid"),
        lifespan=lifespan,
        openapi_url="/api",
        # Their pages fetch scripts from outside.
        docs_url=None,
        redoc_url=None,
        # Nothing is told to anybody but by our own log and numbers.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    for page in (health, overview, maps, rules, runs, accounts, jobs):
        app.include_router(page.router)
    app.include_router(ogc)
    app.mount("/static", LastingFiles(directory=static_folder()), name="static")
    answer_problems(app)
    counting = partial(service.metrics.looked_up, "answers")
    app.add_middleware(Recall, looks=service.looks, tell=counting)
    app.add_middleware(Guard)
    app.add_middleware(Watch, metrics=service.metrics, largest=settings.max_upload)
    app.add_middleware(SafeHeaders)
    return app


async def _take_stock(service: Service) -> None:
    """Note again and again what the process holds: somebody else's process may be asked for it."""
    while True:
        service.take_stock()
        await asyncio.sleep(_STOCKTAKING_S)


class LastingFiles(StaticFiles):
    """Static files; those asked for by their checksum may be kept for a year."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        """Serve a file."""
        response = await super().get_response(path, scope)
        lasting = b"v=" in scope.get("query_string", b"")
        kept = f"public, max-age={_YEAR_S}, immutable" if lasting else "no-cache"
        response.headers["Cache-Control"] = kept
        return response


class SafeHeaders:
    """Add the headers that make a browser careful."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def careful(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = list(message.get("headers", ()))
                there = {name for name, _ in headers}
                if message["status"] == HTTPStatus.NOT_MODIFIED:
                    there.add(_RAW_POLICY)  # what is not sent again keeps what it came with
                headers += [each for each in _RAW if each[0] not in there]
            await send(message)

        await self.app(scope, receive, careful)
