"""OGC API – Processes: what can be worked out, and asking for it."""

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response

from api.errors import RequestTooLargeError
from api.ogc import process_pages as pages
from api.ogc.answers import answer
from api.ogc.door import Door
from api.ogc.jobs import failed, limit_of, status_of_job, uncached
from api.ogc.results import JOBS, raw_answer, results_document
from api.processes import PROCESSES, Process, process_named
from api.processes.desk import LONGEST_PATIENCE_S, PATIENCE_S, document_of, require_known
from layers.jobs import JobState

_VERSION = "1.0.0"
_CONTROL = ["sync-execute", "async-execute", "dismiss"]
_EXECUTE = "http://www.opengis.net/def/rel/ogc/1.0/execute"
_ASYNC = "respond-async"


def every(door: Door) -> Response:
    """List the processes."""
    shown = list(PROCESSES.values())[: limit_of(door.parameters("limit"))]
    form = door.format()

    def make() -> Any:
        if form == "html":
            return pages.processes(door, shown)
        return {
            "processes": [_summary(door, one) for one in shown],
            "links": door.alternates(form, {"json": "json", "html": "html"}),
        }

    return answer(door, form, make)


def one(door: Door, name: str) -> Response:
    """Describe a process."""
    process = process_named(name)
    door.parameters()
    form = door.format()

    def make() -> Any:
        return pages.process(door, process) if form == "html" else described(door, process)

    return answer(door, form, make)


def described(door: Door, process: Process) -> dict[str, Any]:
    """Describe a process as the standard wants it."""
    texts = door.texts
    return {
        **_summary(door, process),
        "inputs": {
            one.name: {
                "title": one.name,
                "description": one.title(texts),
                "minOccurs": int(one.is_required),
                "maxOccurs": 1,
                "schema": one.schema(),
            }
            for one in process.inputs
        },
        "outputs": {
            one.name: {"title": texts(f"jobs.output.{one.name}"), "schema": _form(one.media_type)}
            for one in process.outputs
        },
    }


async def body_of(request: Request, largest: int) -> bytes:
    """Read what is asked, no further than it may be long.

    Raises
    ------
    RequestTooLargeError
    """
    parts, length = [], 0
    async for part in request.stream():
        length += len(part)
        if length > largest:
            raise RequestTooLargeError(largest=largest)
        parts.append(part)
    return b"".join(parts)


def execute(door: Door, name: str, body: bytes) -> Response:
    """Do what is asked: at once where that is quick, else as a job that goes on."""
    desk, visitor = door.visit.service.desk, door.visit.visitor
    require_known(visitor)
    door.parameters("response")
    order = desk.read(name, body, visitor)
    job = desk.submit(order, visitor, door.texts.lang)
    patience_s = _patience(door.request.headers.get("prefer", ""))
    if patience_s:
        job = desk.wait_for(job, patience_s)
    address = door.url(f"{JOBS}/{job.id}")
    if not job.state.is_over:
        headers = {"Location": address}
        if not patience_s:
            headers["Preference-Applied"] = _ASYNC
        return uncached(door, status_of_job(door, job), HTTPStatus.CREATED, headers)
    link = {"Link": f'<{address}>; rel="monitor"'}
    if job.state is not JobState.SUCCESSFUL:
        return failed(door, job, link)
    if order.is_raw:
        return raw_answer(door, job, link)
    return uncached(door, results_document(door, job), HTTPStatus.OK, link)


def scenario(door: Door, body: bytes) -> Response:
    """Say at once what changes with some plots green."""
    door.parameters()
    visitor = door.visit.visitor
    require_known(visitor)
    found = door.visit.service.trials.ask(document_of(body), visitor)
    return uncached(door, found)


def _summary(door: Door, process: Process) -> dict[str, Any]:
    path, texts = f"/processes/{process.id}", door.texts
    return {
        "id": process.id,
        "title": process.title(texts),
        "description": process.description(texts),
        "version": _VERSION,
        "jobControlOptions": _CONTROL,
        "outputTransmission": ["value", "reference"],
        "links": [
            door.link("self", door.url(path, f="json"), "json"),
            door.link("alternate", door.url(path, f="html"), "html"),
            door.link(_EXECUTE, door.url(f"{path}/execution"), "json"),
        ],
    }


def _form(media_type: str) -> dict[str, Any]:
    if media_type == "application/json":
        return {"type": "object", "contentMediaType": media_type}
    return {"type": "string", "contentEncoding": "binary", "contentMediaType": media_type}


def _patience(prefer: str) -> float:
    """Read how long the client would wait: not at all, as long as it says, or a little."""
    wishes = [wish.strip().lower() for wish in prefer[:500].split(",")]
    wait = next((wish.partition("=")[2] for wish in wishes if wish.startswith("wait=")), "")
    if wait.isascii() and wait.isdigit():
        return min(float(wait[:6]), LONGEST_PATIENCE_S)
    return 0.0 if _ASYNC in wishes else PATIENCE_S
