"""Whether the service is up, and what it counts, for machines."""

import hmac
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response

from api.errors import PageNotFoundError
from api.metrics import MEDIA
from api.rights import visitor_of
from api.rights.gate import comes_from_here, token_of
from api.service import Service
from layers.errors import StoreError

router = APIRouter()


@router.get("/healthz")
def healthz(request: Request) -> dict[str, Any]:
    """Tell that the store answers, with the program's version and the last changeset."""
    service: Service = request.app.state.service
    state = service.store.state()
    return {
        "status": "ok",
        "version": request.app.version,
        "store": {
            "id": state.store_id,
            "restore_epoch": state.restore_epoch,
            "changeset": state.changeset,
        },
    }


@router.get("/readyz", responses={503: {"description": "Not to be asked for anything now"}})
def readyz(request: Request, response: Response) -> dict[str, Any]:
    """Tell whether requests can be answered: the store, the accounts, and no stop under way.

    Refusals are named by their code alone: whoever asks is told no address and no name.
    """
    service: Service = request.app.state.service
    refusals = service.refusals()
    checks = {part: "ok" if code is None else code for part, code in refusals.items()}
    ready = not any(refusals.values())
    response.status_code = 200 if ready else 503
    response.headers["Cache-Control"] = "no-store"
    return {"status": "ready" if ready else "not_ready", "checks": checks}


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request) -> Response:
    """Give the numbers of all worker processes to whom they are meant for.

    That is this machine itself, who shows the token that is set for it, and administrators. For
    everybody else there is no such page.
    """
    service: Service = request.app.state.service
    if not _may_count(request, service):
        raise PageNotFoundError(path=request.url.path)
    refusals = service.refusals()
    changeset = None
    if refusals["store"] is None:
        try:
            changeset = service.store.state().changeset
        except StoreError as fault:  # gone since
            refusals["store"] = fault.code
    service.take_stock()
    up = {part: code is None for part, code in refusals.items()}
    service.metrics.note_state(up, changeset)
    if refusals["accounts"] is None:
        with suppress(StoreError):  # gone since
            service.metrics.note_jobs(service.jobs.counts())
    return Response(service.metrics.text(), media_type=MEDIA, headers={"Cache-Control": "no-store"})


def _may_count(request: Request, service: Service) -> bool:
    wanted = service.settings.metrics_token.get_secret_value()
    shown = token_of(request)
    if wanted and shown is not None:
        if hmac.compare_digest(shown.encode(), wanted.encode()):
            return True
    elif shown is None and comes_from_here(request):
        return True
    return visitor_of(request).administers
