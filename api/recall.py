"""Answers that were given, given again as long as nothing can have changed.

Most requests under `/ogc` are for what was asked for a moment ago: maps ask for the same tiles,
programs for the same features. To find out that the answer is the same takes a few milliseconds of
questions, each of which the last request asked as well. Here only one is asked: whether anything
was committed, to the store or to the accounts, by whomever (`layers.store.pulse`). If not, what was
sent to who showed the same is sent again, until midnight, or until the session or token that was
shown ends or its use is to be written down.

Otherwise the same question is answered anew, by the same door: which one that is, and how the
address is to be read, was found out the first time.

A door has to say that its answer depends on nothing else (`may_be_recalled`). What is around the
doors happens to every request: limits, logs, numbers, headers.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from layers.clock import today
from layers.store.pulse import asked_once

if TYPE_CHECKING:
    from api.looking import Looks
    from layers.accounts.accounts import Known
    from layers.store import Scope as Seen

__all__ = ["NOT_READ", "PRESENT", "Recall", "may_be_recalled"]

_BELOW = "/ogc"
_METHODS = frozenset({"GET", "HEAD"})
_MARK = "may_be_recalled"
_ANEW = "answer_anew"

NOT_READ = frozenset(
    {
        *("user-agent", "referer", "x-request-id", "traceparent", "tracestate"),
        *("connection", "keep-alive", "te", "cache-control", "pragma", "priority", "dnt"),
        *("upgrade-insecure-requests", "sec-gpc", "sec-fetch-dest", "sec-fetch-mode"),
        *("sec-fetch-site", "sec-fetch-user", "sec-ch-ua", "sec-ch-ua-mobile"),
        *("sec-ch-ua-platform", "save-data", "device-memory"),
    }
)
"""Headers on which no answer depends; two requests that differ in any other are two questions."""

PRESENT = frozenset({"forwarded", "x-forwarded-for", "x-real-ip"})
"""Headers of which only matters whether they are there: another for each client of a proxy."""

_NOT_READ = frozenset(name.encode() for name in NOT_READ)
_PRESENT = frozenset(name.encode() for name in PRESENT)
_MOST_BYTES = 64 * 1024**2
_OVERHEAD = 4_000  # bytes that an answer takes beside the texts it consists of, more or less


class _Asked(NamedTuple):
    """What stood when something was asked."""

    beats: tuple[int, ...]
    day: dt.date


AnswerAnew: TypeAlias = "Callable[[Request], Response]"


@dataclass(frozen=True, slots=True)
class _Given:
    """An answer, and what has to be so for it to be given again."""

    asked: _Asked
    known: Known
    answer_anew: AnswerAnew
    start: Message
    body: bytes
    # Under which template the answer is counted.
    route: dict[str, Any]
    # Bytes that question and answer take in memory, more or less.
    size: int


class Recall:
    """Stand before the doors."""

    def __init__(self, app: ASGIApp, looks: Looks, tell: Callable[[bool], None]) -> None:
        """Tell at each question whether the answer was there."""
        self.app = app
        self._looks = looks
        self._tell = tell
        self._given = _Answers(_MOST_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if (
            scope["type"] != "http"
            or scope["method"] not in _METHODS
            or not scope["path"].startswith(_BELOW)
        ):
            await self.app(scope, receive, send)
            return
        key = _key_of(scope)
        asked = _Asked(await self._looks.beats(), today())
        given = self._given.find(key)
        is_true = given is not None and given.asked == asked and given.known.is_fresh
        self._tell(is_true)
        if given is not None and is_true:
            scope.update(given.route)
            # A copy: those around us add headers of their own.
            await send({**given.start, "headers": list(given.start["headers"])})
            await send({"type": "http.response.body", "body": given.body})
            return
        heard = _Heard(send)
        with asked_once(dict(zip(self._looks.pulses, asked.beats, strict=True))):
            answer = None if given is None else await _anew(given, scope, receive)
            if given is not None and answer is not None:
                scope.update(given.route)
            await (answer or self.app)(scope, receive, heard.send)
        self._keep(key, asked, heard, scope)

    def _keep(self, key: Hashable, asked: _Asked, heard: _Heard, scope: Scope) -> None:
        """Keep an answer, if that is what its door says of it."""
        state = scope.get("state", {})
        if heard.body is None or not state.get(_MARK):
            return
        route = {name: scope[name] for name in ("route", "fastapi") if name in scope}
        size = len(heard.body) + _length(scope["headers"]) + _length(heard.start["headers"])
        size += 2 * len(scope["path"]) + len(scope["query_string"]) + _OVERHEAD
        given = _Given(asked, state["known"], state[_ANEW], heard.start, heard.body, route, size)
        self._given.keep(key, given)


async def _anew(given: _Given, scope: Scope, receive: Receive) -> Response | None:
    """Have a question that was answered before answered by the same door, with all that it asks.

    None where the answer is another sort of thing than before, as for somebody who may no longer
    see it: then the way that every first question takes says so in the right words.
    """
    # What is found out about the visitor is not to be left to the usual way, if it is only half.
    tried = {**scope, "state": dict(scope["state"])}
    try:
        answer = await run_in_threadpool(given.answer_anew, Request(tried, receive))
    except Exception:  # noqa: BLE001 - whatever it is, it comes again, and is told
        return None
    scope["state"].update(tried["state"])
    return answer


class _Answers:
    """Keep answers, those that were asked for last, up to so many bytes altogether."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[Hashable, _Given] = OrderedDict()
        self._held = 0

    def find(self, key: Hashable) -> _Given | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Hashable, given: _Given) -> None:
        """Keep an answer; one that would drive out most of the others is not kept."""
        if given.size > self._most // 16:
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self._held += given.size - (before.size if before else 0)
            self._kept[key] = given
            while self._held > self._most:
                self._held -= self._kept.popitem(last=False)[1].size


class _Heard:
    """Pass an answer on, and listen to one that is sent in one piece."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.start: Message = {}
        self.body: bytes | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = {**message, "headers": list(message["headers"])}
        elif not message.get("more_body", False) and self.body is None:
            self.body = message.get("body", b"")
        else:
            self.body = None
        await self._send(message)


def may_be_recalled(request: Request, seen: Seen, answer_anew: AnswerAnew) -> None:
    """Say that the answer depends on store, accounts, day and request, and on nothing else.

    `seen` is what the answer shows: it is given again if that is what its visitor may see.
    `answer_anew` answers a request that differs in nothing but the moment; it holds on to no other.
    """
    state = request.scope["state"]
    state[_ANEW] = answer_anew
    known: Known | None = state.get("known")
    visitor = None if known is None else known.visitor
    state[_MARK] = visitor is not None and visitor.scope is seen


def _length(headers: Iterable[tuple[bytes, bytes]]) -> int:
    return sum(len(name) + len(text) for name, text in headers)


def _key_of(scope: Scope) -> Hashable:
    """Name a question: everything in a request that an answer may depend on."""
    return (
        scope["method"],
        scope["scheme"],
        scope.get("root_path", ""),
        scope.get("raw_path") or scope["path"],
        scope["path"],
        scope["query_string"],
        tuple(scope.get("server") or ()),
        tuple(
            (name, b"" if name in _PRESENT else text)
            for name, text in scope["headers"]
            if name not in _NOT_READ
        ),
    )
