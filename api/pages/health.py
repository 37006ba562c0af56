"""Whether the service is up, for machines."""

from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request

from api.service import Service

router = APIRouter()


@router.get("/healthz")
def healthz(request: Request) -> dict[str, Any]:
    """Tell that the store answers, with the program's version and the last changeset."""
    service: Service = request.app.state.service
    state = service.store.state()
    return {
        "status": "ok",
        "version": version("greengrid"),
        "store": {
            "id": state.store_id,
            "restore_epoch": state.restore_epoch,
            "changeset": state.changeset,
        },
    }
