"""A job stopped from its page: browsers' forms can only post."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response
from fastapi.responses import RedirectResponse

from api.pages.visit import VisitNow
from api.rights.forms import require_form

router = APIRouter(include_in_schema=False)


@router.get("/jobs")
def jobs(visit: VisitNow) -> Response:
    """Lead to the list."""
    return _to_list(visit.url("/ogc/jobs", f="html"))


@router.post("/jobs/{job_id}/dismiss")
def dismiss(
    visit: VisitNow,
    job_id: Annotated[str, Path(max_length=80)],
    form: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Stop a job, or do away with one that is over."""
    require_form(visit.request, form)
    visit.service.desk.dismiss(job_id, visit.visitor)
    return _to_list(visit.url("/ogc/jobs", f="html"))


def _to_list(address: str) -> Response:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
