"""Every request named, measured, bounded in size, and answered whatever happens."""

import asyncio
import logging
import re
import time
from secrets import token_hex
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import RequestTooLargeError, StoppingError
from api.metrics import Metrics
from api.pages.problems import failed, problem
from api.serving.logs import ACCESS, redact, request_id

REQUEST_ID = "X-Request-Id"

_LOG = logging.getLogger(ACCESS)
_RAW_ID = REQUEST_ID.lower().encode()
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LONGEST_PATH = 300
_TOO_LARGE = 413


class Watch:
    """Stand around the whole service."""

    def __init__(self, app: ASGIApp, metrics: Metrics, largest: int) -> None:
        """Refuse bodies of more than `largest` bytes."""
        self.app = app
        self._metrics = metrics
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = _header(scope, _RAW_ID, "")
        name = given if _ID.fullmatch(given) else token_hex(16)
        scope.setdefault("state", {})["request_id"] = name
        named = request_id.set(name)
        answer = _Answer(name, send)
        begin = time.perf_counter()
        try:
            with self._metrics.under_way():
                await self._answer(scope, receive, answer)
        finally:
            self._note(scope, answer, time.perf_counter() - begin)
            request_id.reset(named)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        length = _header(scope, b"content-length", "0")
        if not (length.isascii() and length.isdecimal() and int(length) <= self._largest):
            refusal = RequestTooLargeError(largest=self._largest)
            response = await run_in_threadpool(problem, Request(scope), refusal)
            await response(scope, receive, answer.send)
            return
        try:
            await self.app(scope, self._bounded(receive), answer.send)
        except asyncio.CancelledError:
            # The time to stop is over; what a thread was doing for this request goes on without it.
            if answer.status is not None:
                raise
            response = problem(Request(scope), StoppingError())
            await response(scope, receive, answer.send)
        except Exception as fault:
            response = await run_in_threadpool(failed, Request(scope), fault)
            if answer.status is None:
                await response(scope, receive, answer.send)
                return
            raise  # half of an answer is out: all that is left is to break off

    def _bounded(self, receive: Receive) -> Receive:
        """Count what comes: a request need not say how long it is, nor tell the truth."""
        left = self._largest

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(_TOO_LARGE)
            return message

        return bounded

    def _note(self, scope: Scope, answer: "_Answer", seconds: float) -> None:
        route = _route(scope)
        status = "aborted" if answer.status is None else str(answer.status)
        self._metrics.answered(scope["method"], route, status, seconds)
        if not _LOG.isEnabledFor(logging.INFO):
            return
        path = scope.get("raw_path", scope["path"].encode()).decode("ascii", "backslashreplace")
        client = (scope.get("client") or ("",))[0]
        told: dict[str, Any] = {
            "method": scope["method"],
            "path": redact(path.partition("?")[0][:_LONGEST_PATH]),
            "route": route,
            "status": answer.status,
            "duration_ms": round(seconds * 1000, 1),
            "bytes": answer.length,
            "client": client,
        }
        line = "%(method)s %(path)s %(status)s %(duration_ms).0f ms %(bytes)d B %(client)s"
        # Not by `info`, which looks for the line of code that has called it.
        values, extra = (told | {"status": status},), {"told": told}
        record = _LOG.makeRecord(ACCESS, logging.INFO, __file__, 0, line, values, None, extra=extra)
        _LOG.handle(record)


class _Answer:
    """What has gone out of an answer so far."""

    def __init__(self, name: str, send: Send) -> None:
        self.status: int | None = None
        self.length = 0
        self._name = name
        self._send = send

    async def send(self, message: Message) -> None:
        """Send a part, and count it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[REQUEST_ID] = self._name
        self.length += len(message.get("body", b""))
        await self._send(message)


def _header(scope: Scope, wanted: bytes, absent: str) -> str:
    """Give the first header of a name."""
    for name, value in scope["headers"]:
        if name == wanted:
            return str(value.decode("latin-1"))
    return absent


def _route(scope: Scope) -> str:
    """Name the template of an address: a few of them stand for every address there is."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context or scope.get("route"), "path", None)
    if path is None and scope.get("root_path"):  # below something that is mounted
        return f"{scope['root_path']}/…"
    return str(path) if path is not None else "(none)"
