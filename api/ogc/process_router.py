"""The addresses of processes and jobs under `/ogc`, and who answers at each."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.ogc import jobs, processes
from api.ogc.door import DoorNow
from api.ogc.processes import body_of
from api.processes.desk import require_known

router = APIRouter(include_in_schema=False)

_READ = ["GET", "HEAD"]
_LONGEST = 200
ProcessId = Annotated[str, Path(max_length=_LONGEST)]
JobId = Annotated[str, Path(max_length=_LONGEST)]


@router.api_route("/processes", methods=_READ)
def all_processes(door: DoorNow) -> Response:
    """List the processes."""
    return processes.every(door)


@router.api_route("/processes/{process}", methods=_READ)
def one_process(door: DoorNow, process: ProcessId) -> Response:
    """Describe a process."""
    return processes.one(door, process)


@router.post("/processes/{process}/execution")
async def execution(request: Request, door: DoorNow, process: ProcessId) -> Response:
    """Do what is asked."""
    require_known(door.visit.visitor)
    body = await body_of(request, door.visit.settings.max_upload)
    return await run_in_threadpool(processes.execute, door, process, body)


@router.post("/scenarios")
async def scenario(request: Request, door: DoorNow) -> Response:
    """Say at once what changes with some plots green."""
    require_known(door.visit.visitor)
    body = await body_of(request, door.visit.settings.max_upload)
    return await run_in_threadpool(processes.scenario, door, body)


@router.api_route("/jobs", methods=_READ)
def all_jobs(door: DoorNow) -> Response:
    """List the jobs that may be seen."""
    return jobs.every(door)


@router.api_route("/jobs/{job}", methods=_READ)
def one_job(door: DoorNow, job: JobId) -> Response:
    """Say how far a job is."""
    return jobs.one(door, job)


@router.delete("/jobs/{job}")
def dismissed_job(door: DoorNow, job: JobId) -> Response:
    """Stop a job, or do away with one that is over."""
    return jobs.dismiss(door, job)


@router.api_route("/jobs/{job}/results", methods=_READ)
def results(door: DoorNow, job: JobId) -> Response:
    """Give what came of a job."""
    return jobs.results(door, job)


@router.api_route("/jobs/{job}/results/{output}", methods=_READ)
def one_result(door: DoorNow, job: JobId, output: ProcessId) -> Response:
    """Give one output as it is."""
    return jobs.output(door, job, output)
