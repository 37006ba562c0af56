"""Jobs: how far they are, what came of them, and stopping them."""

import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Response

from api.errors import PageNotFoundError, ParameterError
from api.maps.base import Rendered
from api.ogc import process_pages as pages
from api.ogc.answers import to_json
from api.ogc.door import MEDIA, Door
from api.pages.policy import POLICY, dressed
from api.rights.forms import FORM_COOKIE, set_cookie
from layers.jobs import Job, JobState

JOBS = "/jobs"
_RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
_MOST = 1_000
_USUAL = 100
_JSON = "application/json"
# A page of what is under way is asked for again after so many seconds.
_REFRESH = {"Refresh": "3"}
# What a browser does with a file that somebody else may have filled with anything.
_SANDBOX = (
    "sandbox allow-scripts allow-downloads; default-src 'none'; img-src data: blob:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)


def every(door: Door) -> Response:
    """List the jobs that may be seen, the newest first."""
    given = door.parameters("limit", "status", "processID")
    form = door.format()
    jobs = door.visit.service.desk.jobs(
        door.visit.visitor,
        limit=limit_of(given),
        states=_states(given.get("status")),
        processes=[given["processID"][:200]] if "processID" in given else [],
    )
    if form == "html":
        is_open = any(not job.state.is_over for job in jobs)
        return uncached(door, pages.jobs(door, jobs), headers=_REFRESH if is_open else None)
    listed = {
        "jobs": [status_of_job(door, job) for job in jobs],
        "links": door.alternates(form, {"json": "json", "html": "html"}),
    }
    return uncached(door, listed)


def one(door: Door, job_id: str) -> Response:
    """Say how far a job is."""
    door.parameters()
    form = door.format()
    job = door.visit.service.desk.job(job_id, door.visit.visitor)
    if form == "html":
        headers = None if job.state.is_over else _REFRESH
        return uncached(door, pages.job(door, job), headers=headers)
    return uncached(door, status_of_job(door, job))


def dismiss(door: Door, job_id: str) -> Response:
    """Stop a job, or do away with one that is over."""
    door.parameters()
    job = door.visit.service.desk.dismiss(job_id, door.visit.visitor)
    return uncached(door, status_of_job(door, job))


def results(door: Door, job_id: str) -> Response:
    """Give what came of a job."""
    door.parameters()
    form = door.format()
    job, _ = door.visit.service.desk.results(job_id, door.visit.visitor)
    if job.state is JobState.FAILED:
        return failed(door, job, {})
    made = pages.job(door, job) if form == "html" else results_document(door, job)
    return uncached(door, made)


def output(door: Door, job_id: str, name: str) -> Response:
    """Give one output of a job as it is."""
    door.parameters()
    job, _ = door.visit.service.desk.results(job_id, door.visit.visitor)
    if job.state is JobState.FAILED:
        return failed(door, job, {})
    return _output(door, job, name, {})


def results_document(door: Door, job: Job) -> dict[str, Any]:
    """Give all outputs: documents as they are, files by their addresses, unless asked otherwise."""
    desk = door.visit.service.desk
    types = desk.results(job.id, door.visit.visitor)[1]
    modes: Mapping[str, str] = job.inputs["modes"]
    return {
        name: _by_value(door, job, name, types)
        if modes.get(name) == "value"
        else {"href": _address(door, job, name), "type": types.get(name, _JSON)}
        for name in job.inputs["outputs"]
        if name in types or (name == "run" and job.run_id is not None)
    }


def raw_answer(door: Door, job: Job, headers: Mapping[str, str]) -> Response:
    """Give a single output as it is, by value or by reference; several as a document."""
    names = list(results_document(door, job))
    if len(names) != 1:
        return uncached(door, results_document(door, job), HTTPStatus.OK, headers)
    if job.inputs["modes"].get(names[0]) == "reference":
        link = f'<{_address(door, job, names[0])}>; rel="{names[0]}"'
        shown = {**headers, "Link": ", ".join([headers["Link"], link])}
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={**_plain(door), **shown})
    return _output(door, job, names[0], headers)


def status_of_job(door: Door, job: Job) -> dict[str, Any]:
    """Say how far a job is as the standard wants it."""
    path = f"{JOBS}/{job.id}"
    links = [
        door.link("self", door.url(path, f="json"), "json"),
        door.link("alternate", door.url(path, f="html"), "html"),
    ]
    if job.state is JobState.SUCCESSFUL:
        links.append(door.link(_RESULTS, door.url(f"{path}/results"), "json"))
        if job.run_id is not None:
            run = f"{str(door.request.base_url).rstrip('/')}/runs/{job.run_id}"
            links.append(door.link("related", run, "html", door.texts("pages.run.title")))
    times = {"created": job.created_at, "started": job.begun_at, "finished": job.ended_at}
    told = {name: when.isoformat() for name, when in times.items() if when is not None}
    problem = {} if job.problem is None else {"exception": problem_of(door, job)}
    return {
        "type": "process",
        "processID": job.process,
        "jobID": job.id,
        "status": job.state.value,
        "message": pages.message(door, job),
        "progress": job.progress,
        **told,
        "updated": (job.ended_at or job.seen_at or job.created_at).isoformat(),
        **problem,
        "links": links,
    }


def problem_of(door: Door, job: Job) -> dict[str, Any]:
    """Say why a job failed, as problems are said."""
    kept = dict(job.problem or {})
    status = int(kept.get("status", HTTPStatus.INTERNAL_SERVER_ERROR))
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        status = HTTPStatus.BAD_REQUEST  # as the standard wants it
    said = {lang: pages.why_failed(kept, lang) for lang in ("zh", "en")}
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": said[door.texts.lang],
        "code": kept.get("code", ""),
        **said,
    }


def failed(door: Door, job: Job, headers: Mapping[str, str]) -> Response:
    """Say why there is no result, as if it had been refused at once."""
    problem = problem_of(door, job)
    sent = Response(to_json(problem), problem["status"], headers={**_plain(door), **headers})
    sent.headers["Content-Type"] = "application/problem+json"
    return sent


def uncached(
    door: Door,
    made: Any,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send what changes from moment to moment, and is nobody else's business."""
    sent = {**_plain(door), **(headers or {})}
    if isinstance(made, Rendered):
        dress = dressed(made)
        sent[POLICY] = dress.policy
        sent["Referrer-Policy"] = "same-origin"  # a form says where it comes from
        page = Response(dress.html, status, headers=sent, media_type=MEDIA["html"])
        set_cookie(page, door.request, FORM_COOKIE, pages.key_of(door).secret, strict=True)
        return page
    return Response(to_json(made), status, headers=sent, media_type=MEDIA["json"])


def _plain(door: Door) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        "Content-Language": door.texts.html_lang,
        "Vary": "Accept, Accept-Language, Authorization, Cookie",
    }


def _output(door: Door, job: Job, name: str, headers: Mapping[str, str]) -> Response:
    sent = {**_plain(door), **headers}
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


_ENDINGS = {
    MEDIA["csv"]: ".csv",
    MEDIA["xlsx"]: ".xlsx",
    MEDIA["gpkg"]: ".gpkg",
    MEDIA["html"]: ".html",
    _JSON: ".json",
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


def _address(door: Door, job: Job, name: str) -> str:
    return door.url(f"{JOBS}/{job.id}/results/{name}")


def limit_of(given: Mapping[str, str]) -> int:
    """Read how many are to be listed at most.

    Raises
    ------
    ParameterError
    """
    if "limit" not in given:
        return _USUAL
    text = given["limit"]
    if not (text.isascii() and text.isdigit()) or int(text[:20]) < 1:
        raise ParameterError(parameter="limit", found=text[:80], allowed=f"1 … {_MOST}")
    return min(int(text[:20]), _MOST)


def _states(text: str | None) -> list[str]:
    known = [state.value for state in JobState]
    wanted = [] if text is None else text.split(",")
    for each in wanted:
        if each not in known:
            raise ParameterError(parameter="status", found=each[:80], allowed=known)
    return wanted
