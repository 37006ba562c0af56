"""What came of a job: all outputs as one document, or each as it is.

As it is, as Part 1 of OGC API – Processes asks (`/req/core/process-execute-sync-raw-…`): by value a
single output is the answer, and several are the parts of a `multipart/related` one (RFC 2387); what
comes by reference is a link, or among parts one without content that says where it is.
"""

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Response

from api.errors import PageNotFoundError
from api.ogc.answers import to_json
from api.ogc.door import MEDIA, Door
from api.pages.policy import POLICY
from layers.jobs import Job

__all__ = ["JOBS", "RELATED", "output_of", "plain_headers", "raw_answer", "results_document"]

JOBS = "/jobs"
RELATED = "multipart/related"
_JSON = MEDIA["json"]
_ENDINGS = {
    MEDIA["csv"]: ".csv",
    MEDIA["xlsx"]: ".xlsx",
    MEDIA["gpkg"]: ".gpkg",
    MEDIA["html"]: ".html",
    _JSON: ".json",
}
# What a browser does with a file that somebody else may have filled with anything.
_SANDBOX = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; img-src data: blob:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


def results_document(door: Door, job: Job) -> dict[str, Any]:
    """Give all outputs: documents as they are, files by their addresses, unless asked otherwise."""
    desk = door.visit.service.desk
    types = desk.results(job.id, door.visit.visitor)[1]
    modes: Mapping[str, str] = job.inputs["modes"]
    return {
        name: _by_value(door, job, name, types)
        if modes.get(name) == "value"
        else {"href": address_of(door, job, name), "type": types.get(name, _JSON)}
        for name in _names(job, types)
    }


def raw_answer(door: Door, job: Job, headers: Mapping[str, str]) -> Response:
    """Give the outputs of a job that succeeded as they are, by value or by reference."""
    types = door.visit.service.desk.results(job.id, door.visit.visitor)[1]
    names = _names(job, types)
    modes: Mapping[str, str] = job.inputs["modes"]
    referred = {name for name in names if modes.get(name) == "reference"}
    if referred == set(names):
        links = [f'<{address_of(door, job, name)}>; rel="{name}"' for name in names]
        before = [headers["Link"]] if "Link" in headers else []
        shown = {**plain_headers(door), **headers, "Link": ", ".join([*before, *links])}
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=shown)
    if len(names) == 1:
        return output_of(door, job, names[0], headers)
    parts = [_part(door, job, name, is_referred=name in referred) for name in names]
    return _joined(parts, {**plain_headers(door), **headers})


def _part(door: Door, job: Job, name: str, *, is_referred: bool) -> bytes:
    """Write one output with its own headers."""
    if is_referred:
        told = {"Content-ID": f"<{name}>", "Content-Location": address_of(door, job, name)}
        return _headed(told, b"")
    one = output_of(door, job, name, {})
    told = {"Content-Type": one.headers["content-type"], "Content-ID": f"<{name}>"}
    if "content-disposition" in one.headers:
        told["Content-Disposition"] = one.headers["content-disposition"]
    return _headed(told, bytes(one.body))


def _headed(headers: Mapping[str, str], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return lines.encode() + b"\r\n" + body


def _joined(parts: Sequence[bytes], headers: Mapping[str, str]) -> Response:
    boundary = secrets.token_hex(16)  # nobody who wrote into a part can have known it
    line = f"--{boundary}".encode()
    body = b"\r\n".join([*(line + b"\r\n" + part for part in parts), line + b"--", b""])
    sent = Response(body, headers=dict(headers))
    sent.headers["Content-Type"] = f"{RELATED}; boundary={boundary}"
    return sent


def output_of(door: Door, job: Job, name: str, headers: Mapping[str, str]) -> Response:
    """Give one output as it is.

    Raises
    ------
    PageNotFoundError
    """
    sent = {**plain_headers(door), **headers}
    desk = door.visit.service.desk
    if name == "run" and name in job.inputs["outputs"] and job.run_id is not None:
        return Response(to_json(desk.run(job)), headers=sent, media_type=_JSON)
    file = desk.file(job, name)
    if file is None or name not in job.inputs["outputs"]:
        raise PageNotFoundError(path=door.request.url.path)
    ending = _ENDINGS.get(file.media_type, "")
    sent["Content-Disposition"] = f'attachment; filename="{job.process}-{name}{ending}"'
    if file.media_type == MEDIA["html"]:
        sent[POLICY] = _SANDBOX
        sent["Content-Disposition"] = sent["Content-Disposition"].replace("attachment", "inline")
    return Response(file.content, headers=sent, media_type=file.media_type)


def plain_headers(door: Door) -> dict[str, str]:
    """Give the headers of what changes from moment to moment."""
    return {
        "Cache-Control": "no-store",
        "Content-Language": door.texts.html_lang,
        "Vary": "Accept, Accept-Language, Authorization, Cookie",
    }


def _by_value(door: Door, job: Job, name: str, types: Mapping[str, str]) -> Any:
    desk = door.visit.service.desk
    if name == "run":
        return desk.run(job)
    file = desk.file(job, name)
    if file is None:  # swept at this very moment
        return None
    if types[name] == _JSON:
        return json.loads(file.content)
    value = base64.b64encode(file.content).decode()
    return {"value": value, "encoding": "base64", "mediaType": types[name]}


def _names(job: Job, types: Mapping[str, str]) -> list[str]:
    """Name the outputs that were wanted and are there."""
    has_run = job.run_id is not None
    return [n for n in job.inputs["outputs"] if n in types or (n == "run" and has_run)]


def address_of(door: Door, job: Job, name: str) -> str:
    return door.url(f"{JOBS}/{job.id}/results/{name}")
