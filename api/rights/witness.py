"""Who did what: a line in the journal for what somebody with an account changed, ran or took along.

What changes accounts writes lines of its own. Those without an account leave none, or anybody
could fill the journal until what matters has dropped out of it.
"""

import logging
import re
from http import HTTPStatus

from starlette.requests import Request

from api.errors import ApiError
from api.rights.gate import by_of, visitor_of
from layers.errors import LayersError

_LOG = logging.getLogger("greengrid")

_OWN = frozenset({"/login", "/logout", "/setup", "/account/password"})
_FILES = frozenset({"csv", "xlsx", "gpkg"})
_DEEDS = {"POST": "created", "PUT": "replaced", "PATCH": "changed", "DELETE": "deleted"}
# Below these addresses it is not features that are made and deleted.
_EXECUTION, _JOB = re.compile(r"/processes/[^/]+/execution$"), re.compile(r"/jobs/[^/]+$")


def deed_of(request: Request) -> str | None:
    """Name what a request does that is worth a line; None for looking at something."""
    method = request.method
    if method in {"GET", "HEAD"}:
        return "exported" if method == "GET" and _takes_along(request) else None
    path = request.url.path
    if path in _OWN:
        return None
    if _EXECUTION.search(path):
        return "process_run"
    if _JOB.search(path):
        return "job_dismissed"
    return _DEEDS.get(method)


def _takes_along(request: Request) -> bool:
    if not request.scope["query_string"]:  # as of most requests there are
        return False
    wanted = request.query_params
    takes = wanted.get("f") in _FILES or wanted.get("export", "0") not in {"", "0", "false"}
    return takes and request.url.path not in _OWN


def bear_witness(request: Request, status: int) -> None:
    """Write down what a request did, or was refused."""
    deed = deed_of(request)
    if deed is None or not _is_known(request):
        return
    is_done = status < HTTPStatus.BAD_REQUEST
    if deed == "exported" and not is_done:
        return
    journal = request.app.state.service.gate.accounts.journal
    result = "done" if is_done else "refused"
    try:
        journal.note(by_of(request), deed, request.url.path, result=result)
    except LayersError as fault:  # it is done, and the answer is on its way
        _LOG.error("the journal takes no lines: %s", fault)


def _is_known(request: Request) -> bool:
    try:
        return visitor_of(request).is_known
    except (ApiError, LayersError):  # shows what lets nobody in
        return False
