"""HTTP/1.1 over one connection: what is taken for a request, and how its answer goes out.

Parsing is llhttp's, by way of httptools and uvicorn: quick, and strict about most of what makes two
servers see different requests in the same bytes (lengths given twice, lengths beside chunks, folded
lines). What it leaves to whoever uses it is refused here: a head without end, a request for no host
or for two, versions and encodings that nobody speaks, a whole queue of requests sent at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from http import HTTPMethod, HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import service_unavailable
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

__all__ = ["LONGEST_HEAD", "MOST_IN_LINE", "StrictProtocol"]

LONGEST_HEAD = 64 * 1024  # bytes of a request's line and headers
MOST_IN_LINE = 16  # requests that wait for the answer to one before them

_VERSIONS = frozenset({"1.0", "1.1"})
_WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class StrictProtocol(HttpToolsProtocol):
    """Take requests from one connection, one after the other, and refuse what is none."""

    _answering: RequestResponseCycle | None = None  # `cycle` is of the request that came last
    _fault = HTTPStatus.BAD_REQUEST
    _is_in_head = True
    _is_deaf = False
    _head = 0  # bytes of the head that have been parsed
    _unended = 0  # bytes of a head that has not come to its end

    # ------------------------------------------------------------ what comes

    def data_received(self, data: bytes) -> None:
        """Take what has come."""
        self._unset_keepalive_if_required()
        self._unended += len(data)
        while data and not self._is_deaf:
            try:
                self.parser.feed_data(data)
                break
            except httptools.HttpParserUpgrade as wish:
                data = self._without_upgrade() + data[wish.args[0] :]
            except httptools.HttpParserError:
                self._refuse(self._fault)
        if not self._is_in_head:
            self._unended = 0
        elif self._unended > LONGEST_HEAD and not self._is_deaf:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._head = 0

    def on_url(self, url: bytes) -> None:
        """Take a part of its address."""
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; those that follow a body are nobody's business here."""
        self._count(len(name) + len(value) + len(b": \r\n"))
        if self._is_in_head:
            super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        """Begin to answer, or have the request wait for those before it."""
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self.scope["http_version"] = self.parser.get_http_version()
        self._require_head()
        if self.parser.should_upgrade():
            return  # it comes once more
        self._is_in_head, self._unended, self._head = False, 0, 0
        path, _, query = self.url.partition(b"?")
        self.scope["raw_path"], self.scope["query_string"] = path, query
        self.scope["path"] = unquote(path.decode("ascii"))
        is_last = self.scope["http_version"] == "1.0" or not self.parser.should_keep_alive()
        self.cycle, before = self._cycle(keep_alive=not is_last), self._answering
        most = self.limit_concurrency
        is_full = most is not None and max(len(self.connections), len(self.tasks)) >= most
        if is_full:
            self.logger.warning("Exceeded concurrency limit.")
        app: Any = service_unavailable if is_full else self.app
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, app)
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, app))

    def on_message_complete(self) -> None:
        """Come to the end of a request."""
        if not self._is_in_head:
            self._is_in_head = True
            super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever is answering."""
        if self._answering is not None:
            _leave(self._answering)
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _cycle(self, *, keep_alive: bool) -> RequestResponseCycle:
        return _WholeCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=self.expect_100_continue,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )

    # ------------------------------------------------------------ what is refused

    def _count(self, more: int) -> None:
        self._head += more
        if self._head > LONGEST_HEAD:
            self._fail(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def _require_head(self) -> None:
        """Refuse a head that another server may understand otherwise."""
        version, hosts = self.scope["http_version"], 0
        for name, value in self.headers:
            hosts += name == b"host"
            if name == b"transfer-encoding" and value.lower() != b"chunked":
                self._fail()
        if version not in _VERSIONS or hosts > 1 or (hosts == 0 and version != "1.0"):
            self._fail()
        if self.scope["method"] == HTTPMethod.CONNECT or len(self.pipeline) >= MOST_IN_LINE:
            self._fail()

    def _fail(self, fault: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
        """Have the parser come back to us with an error."""
        self._fault = fault
        raise ValueError(fault)

    def _without_upgrade(self) -> bytes:
        """Give a head once more, without the wish to go on in another protocol.

        HTTP allows to pass over that wish. The parser does not: it would take no body of it.
        """
        self.parser = httptools.HttpRequestParser(self)
        method, version = self.scope["method"], self.scope["http_version"]
        lines = [b"%s %s HTTP/%s" % (method.encode(), self.url, version.encode())]
        lines += [b"%s: %s" % each for each in self.headers if each[0] != b"upgrade"]
        return b"\r\n".join([*lines, b"", b""])

    def _refuse(self, fault: HTTPStatus) -> None:
        """Take nothing more; say why, unless others are being answered: they are, to their end."""
        self._is_deaf = True
        self.logger.warning("Invalid HTTP request received.")
        now, last = self._answering, self.cycle
        if now is None or (now.response_complete and not now.more_body):
            self._say(fault)
        elif now is last and now.more_body:  # what is wrong is in its own body
            if not now.response_started:
                self._say(fault)
            _leave(now)
            self.transport.close()
        else:
            if last.more_body:
                self.pipeline.popleft()
            (self.pipeline[0][0] if self.pipeline else now).keep_alive = False
            self.flow.resume_reading()  # what is never read would break the connection off

    def _say(self, fault: HTTPStatus) -> None:
        body = f"{fault.description}.\n".encode()
        head = [
            STATUS_LINE[fault],
            *(b"%s: %s\r\n" % each for each in self.server_state.default_headers),
            b"content-type: text/plain; charset=utf-8\r\n",
            b"content-length: %d\r\nconnection: close\r\n\r\n" % len(body),
        ]
        self.transport.write(b"".join(head) + body)
        self.transport.close()


class _WholeCycle(RequestResponseCycle):
    """Answer one request; the head goes out with the first part of the body, as ASGI has it.

    Who asks is woken once and not twice, and an application that fails in between can still be
    answered for.
    """

    _head = b""
    _has_body = True
    _is_chunked = True
    _left: int | None = None  # bytes of the body that are still to come, where that was said

    async def send(self, message: ASGISendEvent) -> None:
        """Send a part of the answer."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start" and not self.response_started:
            self._begin(message["status"], message.get("headers", ()))
        elif message["type"] == "http.response.body" and self._head and not self.response_complete:
            self._go_on(message.get("body", b""), is_last=not message.get("more_body", False))
        else:
            raise RuntimeError(f"{message['type']} is not what comes next")

    def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        lines = [STATUS_LINE[status]]
        says_close, self._left = False, None
        for name, value in (*self.default_headers, *headers):
            if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
                raise RuntimeError("a header holds what none may hold")
            key = name.lower()
            if key == b"content-length":
                self._left = int(value)
            elif key == b"connection" and value.lower() == b"close":
                self.keep_alive, says_close = False, True
            lines += (key, b": ", value, b"\r\n")
        if not (self.keep_alive or says_close):
            lines.append(b"connection: close\r\n")
        self._has_body = self.scope["method"] != "HEAD" and status not in _WITHOUT_BODY
        # To a client of HTTP/1.0 the end of the connection is the end of such a body.
        is_old = self.scope["http_version"] == "1.0"
        self._is_chunked = self._has_body and self._left is None and not is_old
        if self._is_chunked:
            lines.append(b"transfer-encoding: chunked\r\n")
        self._head = b"".join([*lines, b"\r\n"])

    def _go_on(self, body: bytes, *, is_last: bool) -> None:
        parts = [body]
        if not self._has_body:
            parts = []
        elif self._is_chunked:
            parts = [b"%x\r\n" % len(body), body, b"\r\n"] if body else []
            parts += [b"0\r\n\r\n"] if is_last else []
        elif self._left is not None:
            self._left -= len(body)
            if self._left < 0 or (is_last and self._left):
                raise RuntimeError("a body is not as long as its Content-Length says")
        if not self.response_started:
            self.response_started, self.waiting_for_100_continue = True, False
            parts.insert(0, self._head)
        self.transport.writelines(parts)
        if is_last:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()


def _leave(cycle: RequestResponseCycle) -> None:
    """Tell an application that whoever asked has gone."""
    cycle.disconnected = True
    cycle.message_event.set()
