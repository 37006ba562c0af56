"""What a visitor is told when something is refused or fails: as a page, or as problem+json."""

import logging
import uuid
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount

from api.errors import (
    NO_SUCH_JOB,
    ApiError,
    MalformedError,
    MethodNotAllowedError,
    PageNotFoundError,
    ParameterError,
    RequestTooLargeError,
    SignInNeededError,
    TooManyAttemptsError,
    UnexpectedError,
)
from api.pages.policy import POLICY, dressed
from api.pages.visit import Visit
from api.problems import problem_message
from api.rights.gate import request_id_of
from api.statuses import STATUS, status_of
from api.texts import texts_in
from layers.editing import GEOMETRY, FeatureFaultyError
from layers.importing import Problem
from layers.jobs.errors import JobUnknownError

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_STANDARD = "/ogc"  # below it the standard says how things are done
_LOG = logging.getLogger("greengrid")
_FAULT = HTTPStatus.INTERNAL_SERVER_ERROR


def answer_problems(app: FastAPI) -> None:
    """Answer every refusal by its code, and every fault by a reference number."""
    for kind in STATUS:
        app.add_exception_handler(kind, _refused)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, failed)


def problem(request: Request, error: Exception) -> Response:
    """Say what is wrong, in the form that the visitor asked for."""
    status = status_of(error)
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and request.url.path.startswith(_STANDARD):
        status = HTTPStatus.BAD_REQUEST  # as OGC API wants it of whatever a parameter may be
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, UnexpectedError):
        _LOG.error("%s %s: %s", request.method, request.url.path, error)
    visit = Visit(request, request.query_params.get("lang"), export=False)
    if isinstance(error, SignInNeededError) and _wants_html(request):
        return _to_sign_in(visit)
    headers = {
        "Cache-Control": "no-store",
        "Vary": "Accept-Language, Accept",
        "Content-Language": visit.texts.html_lang,
    }
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="GreenGrid"'
    if isinstance(error, MethodNotAllowedError):
        headers["Allow"] = str(error.values["allowed"])
    if isinstance(error, TooManyAttemptsError):
        headers["Retry-After"] = str(error.values["wait_s"])
    if not _wants_html(request):
        return JSONResponse(
            problem_json(visit, error, status),
            status,
            headers=headers,
            media_type="application/problem+json",
        )
    missing = status == HTTPStatus.NOT_FOUND
    page = visit.page(
        "problem.html",
        scripts=(),  # nor a word of its own: two refusals of a kind are the same bytes
        status=status,
        title=visit.texts(f"pages.problem.{'not_found' if missing else 'title'}"),
        said=visit.texts.error(error),
        said_otherwise=texts_in(visit.texts.other).error(error),
        otherwise=texts_in(visit.texts.other),
        code=getattr(error, "code", ""),
    )
    sent = dressed(page)
    headers[POLICY] = sent.policy
    return Response(sent.html, status, headers=headers, media_type="text/html")


def _wants_html(request: Request) -> bool:
    """Follow what the address asks for, where it may, else what the client prefers."""
    wanted = request.query_params.get("f") if request.url.path.startswith(_STANDARD) else None
    return wanted == "html" if wanted else "text/html" in request.headers.get("accept", "")


def _to_sign_in(visit: Visit) -> Response:
    """Lead to where one signs in, or to the first set-up, and from there back again."""
    request, headers = visit.request, {"Cache-Control": "no-store"}
    if visit.service.gate.is_unset:
        return RedirectResponse(visit.url("/setup"), HTTPStatus.SEE_OTHER, headers=headers)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    there = visit.url("/login", to=back if request.method == "GET" else "/")
    return RedirectResponse(there, HTTPStatus.SEE_OTHER, headers=headers)


def problem_json(visit: Visit, error: Exception, status: int) -> dict[str, Any]:
    """Describe a problem for machines, with the sentence in both languages."""
    said = {lang: texts_in(lang).error(error) for lang in ("zh", "en")}
    # Where something went wrong; elsewhere it stands in a header only, so that answers are alike.
    named = {"request_id": request_id_of(visit.request)} if status >= _FAULT else {}
    return {
        "type": _type_of(error),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": said[visit.texts.lang],
        "code": getattr(error, "code", ""),
        "instance": visit.request.url.path,
        **named,
        **said,
        **_faults(error),
    }


def _faults(error: Exception) -> dict[str, Any]:
    """Say of a feature that was sent what is wrong with each of its fields."""
    if not isinstance(error, FeatureFaultyError):
        return {}
    return {
        "errors": [
            {
                "field": one.field or GEOMETRY,
                "code": one.code,
                **{lang: problem_message(one, texts_in(lang)) for lang in ("zh", "en")},
            }
            for one in cast("tuple[Problem, ...]", error.values["problems"])
        ]
    }


def _type_of(error: Exception) -> str:
    """Name what is wrong as a standard does, where one does."""
    if isinstance(error, JobUnknownError):
        return NO_SUCH_JOB
    return str(getattr(error, "problem_type", "about:blank"))


def _refused(request: Request, error: Exception) -> Response:
    return problem(request, error)


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = request.url.path
    known: dict[int, ApiError] = {
        404: PageNotFoundError(path=path),
        413: RequestTooLargeError(largest=Visit(request, None, export=False).settings.max_upload),
    }
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = ", ".join(_methods_at(request))
        refusal = MethodNotAllowedError(method=request.method, path=path, allowed=allowed)
        return problem(request, refusal)
    is_theirs = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return problem(request, known.get(status, MalformedError() if is_theirs else ApiError()))


def _methods_at(request: Request) -> list[str]:
    """List the methods to which an address answers, whichever routes take them."""
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    found = [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes
        )
    ]
    return found or ["GET", "HEAD"]  # files


def _invalid(request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError) else []
    fault = faults[0] if faults else {"loc": ("", ""), "input": "", "msg": ""}
    refusal = ParameterError(
        parameter=str(fault["loc"][-1]), found=fault["input"], allowed=fault["msg"]
    )
    return problem(request, refusal)


def failed(request: Request, error: Exception) -> Response:
    """Answer a fault of the program, and write down where it was."""
    reference = request_id_of(request) or uuid.uuid4().hex
    _LOG.error("%s: %s %s", reference, request.method, request.url.path, exc_info=error)
    return problem(request, UnexpectedError(reference=reference))
