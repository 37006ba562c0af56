"""Jobs: how far they are, what came of them, and stopping them."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Response

from api.errors import ParameterError
from api.maps.base import Rendered
from api.ogc import process_pages as pages
from api.ogc.answers import to_json
from api.ogc.door import MEDIA, Door
from api.ogc.results import JOBS, output_of, plain_headers, raw_answer, results_document
from api.pages.policy import POLICY, dressed
from api.rights.forms import FORM_COOKIE, set_cookie
from layers.jobs import Job, JobState

_RESULTS = "http://www.opengis.net/def/rel/ogc/1.0/results"
_MOST = 1_000
_USUAL = 100
_JSON = "application/json"
# A page of what is under way is asked for again after so many seconds.
_REFRESH = {"Refresh": "3"}


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
    if form == "html":
        return uncached(door, pages.job(door, job))
    if job.inputs.get("is_raw"):
        return raw_answer(door, job, {})
    return uncached(door, results_document(door, job))


def output(door: Door, job_id: str, name: str) -> Response:
    """Give one output of a job as it is."""
    door.parameters()
    job, _ = door.visit.service.desk.results(job_id, door.visit.visitor)
    if job.state is JobState.FAILED:
        return failed(door, job, {})
    return output_of(door, job, name, {})


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
    sent = Response(to_json(problem), problem["status"], headers={**plain_headers(door), **headers})
    sent.headers["Content-Type"] = "application/problem+json"
    return sent


def uncached(
    door: Door,
    made: Any,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Send what changes from moment to moment, and is nobody else's business."""
    sent = {**plain_headers(door), **(headers or {})}
    if isinstance(made, Rendered):
        dress = dressed(made)
        sent[POLICY] = dress.policy
        sent["Referrer-Policy"] = "same-origin"  # a form says where it comes from
        page = Response(dress.html, status, headers=sent, media_type=MEDIA["html"])
        set_cookie(page, door.request, FORM_COOKIE, pages.key_of(door).secret, strict=True)
        return page
    return Response(to_json(made), status, headers=sent, media_type=MEDIA["json"])


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
