"""What is taken for a request, byte by byte, and how answers go out."""

import asyncio
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from api.serving.protocol import LONGEST_HEAD, MOST_IN_LINE, StrictProtocol

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: x\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
WHOLE = b"4\r\nbody\r\n0\r\n"
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
PIECE_S = 0.01


async def tell(scope: Scope, receive: Receive, send: Send) -> None:
    """Tell what came, in the way that the address asks for."""
    body, headers = b"", {}
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if message["type"] == "http.disconnect":
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(5 * PIECE_S)
    told = [scope["path"], body.decode(), [name.decode() for name, _ in scope["headers"]]]
    text = json.dumps(told).encode()
    headers = {
        "/same": {b"content-length": b"9"},
        "/long": {b"content-length": b"3"},
        "/splits": {b"location": b"/x\r\nSet-Cookie: a=b"},
    }.get(scope["path"], {})
    status = 304 if scope["path"] == "/same" else 200
    await send({"type": "http.response.start", "status": status, "headers": [*headers.items()]})
    if scope["path"] == "/fails":
        raise OSError("the disk is gone")
    if scope["path"] == "/pieces":
        for each in (b"", text[:9], text[9:]):
            await send({"type": "http.response.body", "body": each, "more_body": True})
        text = b""
    await send({"type": "http.response.body", "body": b"" if status == 304 else text})


async def _answers(pieces: Iterable[bytes]) -> bytes:
    config = uvicorn.Config(tell, http=StrictProtocol, ws="none", log_config=None, lifespan="off")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: StrictProtocol(config, state, {}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    for piece in pieces:
        writer.write(piece)
        await asyncio.sleep(PIECE_S)
    got = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    server.close()
    assert not state.connections
    return got


def answers(*pieces: bytes) -> bytes:
    """Give all that comes back until the server closes the connection."""
    with ThreadPoolExecutor(1) as elsewhere:  # a browser of other tests has a loop in this thread
        return elsewhere.submit(lambda: asyncio.run(_answers(pieces))).result()


def told(answer: bytes) -> list[list[Any]]:
    """Read what came, of each request that was answered."""
    return [
        json.loads(line)
        for line in answer.replace(b"\r", b"").split(b"\n")
        if line.startswith(b"[")
    ]


def statuses(answer: bytes) -> list[int]:
    return [int(line[:3]) for line in answer.split(b"HTTP/1.1 ")[1:]]


REFUSED = {
    "no host": b"GET /a HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: y\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 4\r\n" + CHUNKED + b"\r\n" + WHOLE + b"\r\n",
    "chunks and length": POST + CHUNKED + b"Content-Length: 4\r\n\r\n" + WHOLE + b"\r\n",
    "two lengths": POST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
    "one length twice": POST + b"Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
    "list of lengths": POST + b"Content-Length: 4, 4\r\n\r\nbody",
    "signed length": POST + b"Content-Length: +4\r\n\r\nbody",
    "length by 16": POST + b"Content-Length: 0x4\r\n\r\nbody",
    "length without end": POST + b"Content-Length: 99999999999999999999\r\n\r\n",
    "another encoding": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "hidden encoding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "no encoding": POST + b"Transfer-Encoding: identity\r\n\r\nbody",
    "encoded twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "folded": GET + b"X-A: b\r\n c\r\n\r\n",
    "folded first": b"GET /a HTTP/1.1\r\n Host: x\r\n\r\n",
    "space before a colon": POST + b"Content-Length : 4\r\n\r\nbody",
    "line feeds alone": b"GET /a HTTP/1.1\nHost: x\n\n",
    "carriage return within": GET + b"X-A: b\rX-B: c\r\n\r\n",
    "zero within": GET + b"X-A: b\0c\r\n\r\n",
    "no name": GET + b": b\r\n\r\n",
    "no colon": GET + b"X-A\r\n\r\n",
    "of the web's beginning": b"GET /a\r\n\r\n",
    "of another version": b"GET /a HTTP/2.0\r\nHost: x\r\n\r\n",
    "to be handed on": b"CONNECT y:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "letters in an address": "GET /绿 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "size of a chunk": POST + CHUNKED + b"\r\nzz\r\nbody\r\n0\r\n\r\n",
    "end of a chunk": POST + CHUNKED + b"\r\n4\r\nbodyXX0\r\n\r\n",
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED.keys())
def test_what_two_servers_may_understand_differently_is_refused(sent: bytes) -> None:
    answer = answers(sent + NEXT)  # what follows might be a request that somebody else has hidden
    assert statuses(answer) == [400]
    assert b"\r\nconnection: close\r\n" in answer


@pytest.mark.parametrize(
    "sent",
    [
        [GET + b"X-A: " + b"b" * LONGEST_HEAD + b"\r\n\r\n"],
        [b"GET /" + b"a" * LONGEST_HEAD + b" HTTP/1.1\r\nHost: x\r\n\r\n"],
        [GET, *[b"X-A: b\r\n" * 2_000] * 6],
        [GET + b"X-A: ", *[b"b" * 9_000] * 8],
        [*[b"\r\n" * 5_000] * 7],
        [POST + CHUNKED + b"\r\n" + WHOLE, b"X-A: " + b"b" * LONGEST_HEAD + b"\r\n\r\n"],
    ],
    ids=["header", "address", "headers", "header without end", "nothing", "trailer"],
)
def test_a_head_without_end_is_not_waited_for(sent: list[bytes]) -> None:
    answer = answers(*sent)
    assert statuses(answer) == [431]


def test_requests_are_understood_however_they_are_cut() -> None:
    sent = (
        POST + b"Content-Length: 4\r\n\r\nbody"
        + b"POST /%E7%BB%BF?b HTTP/1.1\r\nHost: x\r\nX-A:\t b \t\r\n" + CHUNKED + b"\r\n" + WHOLE
        + b"Authorization: Bearer x\r\n\r\n" + NEXT
    )  # fmt: skip
    came = [
        ["/a", "body", ["host", "content-length"]],
        ["/绿", "body", ["host", "x-a", "transfer-encoding"]],  # but nothing that came after it
        ["/next", "", ["host", "connection"]],
    ]
    assert told(answers(sent)) == came
    assert told(answers(sent[:20], sent[20:70], sent[70:190], sent[190:])) == came


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (GET + UPGRADE + b"\r\n", ""),
        (POST + UPGRADE + b"Content-Length: 4\r\n\r\nbody", "body"),
        (POST + UPGRADE + CHUNKED + b"\r\n" + WHOLE + b"\r\n", "body"),
    ],
)
def test_who_would_rather_speak_another_protocol_is_answered_in_this_one(
    sent: bytes, body: str
) -> None:
    for pieces in ([sent + NEXT], [sent[:90], sent[90:-6], sent[-6:], NEXT]):
        first, second = told(answers(*pieces))
        assert first[:2] == ["/a", body]
        assert "upgrade" not in first[2]
        assert second[0] == "/next"


def test_those_in_line_are_answered_before_what_is_wrong_behind_them_ends_it() -> None:
    slow = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = answers(slow + GET + b"\r\nrubbish\r\n\r\n" + NEXT)
    assert [each[0] for each in told(answer)] == ["/slow", "/a"]
    assert statuses(answer) == [200, 200]
    answer = answers(slow + POST + CHUNKED + b"\r\nzz\r\n", NEXT)
    assert [each[0] for each in told(answer)] == ["/slow"]
    assert len(told(answers(slow * (MOST_IN_LINE + 5)))) == MOST_IN_LINE + 1


def test_answers_go_out_as_whoever_asks_can_read_them() -> None:
    old = answers(b"GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    head, _, body = old.partition(b"\r\n\r\n")
    assert json.loads(body)[0] == "/pieces"
    assert b"chunked" not in head
    end = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    chunked = answers(b"GET /pieces" + end)
    assert b"\r\ntransfer-encoding: chunked\r\n" in chunked
    assert chunked.count(b"HTTP/1.1") == 1
    assert chunked.endswith(
        b'\r\n9\r\n["/pieces\r\n1e\r\n", "", ["host", "connection"]]\r\n0\r\n\r\n'
    )
    same = answers(b"GET /same" + end)
    assert same.endswith(b"content-length: 9\r\nconnection: close\r\n\r\n")
    assert answers(b"HEAD /a" + end).endswith(b"\r\nconnection: close\r\n\r\n")
    waiting = answers(POST + b"Expect: 100-continue\r\nContent-Length: 4\r\n\r\n", b"body" + NEXT)
    assert statuses(waiting) == [100, 200, 200]


@pytest.mark.parametrize("path", [b"/fails", b"/splits", b"/long"])
def test_an_answer_that_cannot_go_out_is_an_error_that_is_told(
    path: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = answers(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert statuses(answer) == [500]
    assert b"Set-Cookie" not in answer
    assert "Exception in ASGI application" in caplog.text
