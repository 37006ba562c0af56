"""The part of the description for programs that tells of processes and jobs."""

from typing import Any

from api.ogc.door import MEDIA, Door
from api.processes import PROCESSES
from layers.jobs import JobState

__all__ = ["CONFORMS_TO", "parameters", "paths", "schemas"]

_PROCESSES = "http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/"
# Each has its abstract tests among ours, named in `tests/api/ogc/conformance.py`.
CONFORMS_TO = tuple(
    f"{_PROCESSES}{name}"
    for name in ("core", "ogc-process-description", "json", "html", "oas30", "job-list", "dismiss")
)

_JSON, _HTML, _PROBLEM = MEDIA["json"], MEDIA["html"], "application/problem+json"
_PAGE = {_HTML: {"schema": {"type": "string"}}}
_ANY_FILE = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
_ELSEWHERE = {"description": "Where it is", "headers": {"Link": {"schema": {"type": "string"}}}}
_STATUS = {"SignInNeeded": "401", "NothingGranted": "403", "NotFound": "404"}
_STATUS |= {"ServerError": "500", "Busy": "503", "BadRequest": "400"}
_ROWS: dict[str, Any] = {"type": "array", "items": {"type": "object"}}
_MORE = {"409": "It is writing already", "413": "Too long", "429": "Too many jobs wait already"}


def paths(door: Door) -> dict[str, Any]:
    """Describe the addresses."""
    job, process = "/jobs/{jobId}", "/processes/{processId}"
    return {
        "/processes": {
            "get": _got(door, "getProcesses", "processes", "ProcessList", ["jobLimit", "f"])
        },
        process: {"get": _got(door, "getProcess", "process", "Process", ["processId", "f"])},
        f"{process}/execution": {"post": _execution(door)},
        "/scenarios": {"post": _scenario(door)},
        "/jobs": {
            "get": _got(
                door, "getJobs", "jobs", "JobList", ["jobLimit", "jobStatus", "jobProcess", "f"]
            )
        },
        job: {
            "get": _got(door, "getStatus", "job", "StatusInfo", ["jobId", "f"]),
            "delete": _operation(
                door,
                "dismiss",
                "dismiss",
                ["jobId"],
                {"200": _content("StatusInfo"), **_refused("409")},
            ),
        },
        f"{job}/results": {"get": _all_results(door)},
        f"{job}/results/{{outputId}}": {
            "get": _results(door, "getOutput", "output", ["jobId", "outputId"], _ANY_FILE)
        },
    }


def parameters(door: Door) -> dict[str, Any]:
    """Describe the parameters."""
    text, ids = {"type": "string"}, list(PROCESSES)
    states = {"type": "string", "enum": [state.value for state in JobState]}
    limit = {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    made = {
        "processId": _parameter("processId", "path", {"type": "string", "enum": ids}),
        "jobId": _parameter("jobId", "path", {"type": "string", "maxLength": 200}),
        "outputId": _parameter("outputId", "path", {"type": "string", "maxLength": 200}),
        "jobLimit": _parameter("limit", "query", limit),
        "jobStatus": {
            **_parameter("status", "query", {"type": "array", "items": states}),
            "explode": False,
        },
        "jobProcess": _parameter("processID", "query", {"type": "string", "maxLength": 200}),
        "prefer": _parameter("Prefer", "header", text),
    }
    for name, parameter in made.items():
        parameter["description"] = door.texts(f"jobs.parameter.{name}")
    return made


def schemas() -> dict[str, Any]:
    """Describe what is sent."""
    text, links = {"type": "string"}, {"type": "array", "items": _ref("schemas", "Link")}
    moment = {"type": "string", "format": "date-time"}
    summary = {
        **dict.fromkeys(("id", "title", "description", "version"), text),
        "jobControlOptions": {"type": "array", "items": text},
        "outputTransmission": {"type": "array", "items": text},
        "links": links,
    }
    described = {"inputs": {"type": "object"}, "outputs": {"type": "object"}}
    status = {
        **dict.fromkeys(("processID", "jobID", "message"), text),
        "type": {"type": "string", "enum": ["process"]},
        "status": {"type": "string", "enum": [state.value for state in JobState]},
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        **dict.fromkeys(("created", "started", "finished", "updated"), moment),
        "exception": {"type": "object"},
        "links": links,
    }
    return {
        "ProcessSummary": _object(summary, "id", "version"),
        "Process": _object({**summary, **described}, "id", "version", "inputs", "outputs"),
        "ProcessList": _list("processes", "ProcessSummary", links),
        "StatusInfo": _object(status, "jobID", "status", "type"),
        "JobList": _list("jobs", "StatusInfo", links),
        "Results": {"type": "object"},
        "Scenario": _object(
            {one.name: {} for one in PROCESSES["scenario"].inputs if one.key != "as_of"},
            "rules",
            "green",
        ),
        "Trial": _object(
            {
                "green": {"type": "array", "items": text},
                **dict.fromkeys(("tiers", "by_unit"), _ROWS),
                "changed": {"type": "object", "nullable": True},
            },
            *("green", "tiers", "by_unit", "changed"),
        ),
        "Execute": {
            "type": "object",
            "properties": {
                "inputs": {"type": "object"},
                "outputs": {"type": "object"},
                "response": {"type": "string", "enum": ["document", "raw"]},
            },
        },
    }


def _got(door: Door, operation: str, summary: str, schema: str, own: list[str]) -> dict[str, Any]:
    answers = {"200": _content(schema, page=True), "304": _ref("responses", "NotModified")}
    return _operation(door, operation, summary, own, {**answers, **_refused()})


def _results(
    door: Door,
    operation: str,
    summary: str,
    own: list[str],
    files: dict[str, Any] | None = None,
) -> dict[str, Any]:
    found = _content("Results", page=True)
    found["content"] |= files or {}
    # What the job failed of is said as it would have been at once.
    return _operation(door, operation, summary, own, {"200": found, **_refused(*_MORE)})


def _all_results(door: Door) -> dict[str, Any]:
    made = _results(door, "getResult", "results", ["jobId", "f"], _ANY_FILE)
    made["responses"]["204"] = _ELSEWHERE
    return made


def _execution(door: Door) -> dict[str, Any]:
    headers = {name: {"schema": {"type": "string"}} for name in ("Location", "Preference-Applied")}
    begun = {**_content("StatusInfo"), "headers": headers}
    found = _content("Results")
    found["content"] |= _ANY_FILE
    answers = {"200": found, "201": begun, "204": _ELSEWHERE}
    own = ["processId", "prefer"]
    made = _operation(door, "execute", "execute", own, {**answers, **_refused(*_MORE)})
    content = {_JSON: {"schema": _ref("schemas", "Execute")}}
    return {**made, "requestBody": {"required": True, "content": content}}


def _scenario(door: Door) -> dict[str, Any]:
    answers = {"200": _content("Trial"), **_refused("413")}
    made = _operation(door, "tryScenario", "scenario", [], answers)
    content = {_JSON: {"schema": _ref("schemas", "Scenario")}}
    return {**made, "requestBody": {"required": True, "content": content}}


def _operation(
    door: Door, operation: str, summary: str, own: list[str], answers: dict[str, Any]
) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": door.texts(f"jobs.operation.{summary}"),
        "tags": ["Processes"],
        "parameters": [_ref("parameters", name) for name in (*own, "lang")],
        "responses": answers,
    }


def _refused(*more: str) -> dict[str, Any]:
    content = {_PROBLEM: {"schema": _ref("schemas", "Problem")}, **_PAGE}
    common = {status: _ref("responses", name) for name, status in _STATUS.items()}
    return common | {status: {"description": _MORE[status], "content": content} for status in more}


def _content(schema: str, *, page: bool = False) -> dict[str, Any]:
    content = {_JSON: {"schema": _ref("schemas", schema)}, **(_PAGE if page else {})}
    return {"description": schema, "content": content}


def _parameter(name: str, where: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema}


def _list(name: str, schema: str, links: dict[str, Any]) -> dict[str, Any]:
    several = {"type": "array", "items": _ref("schemas", schema)}
    return _object({name: several, "links": links}, name, "links")


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _ref(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{section}/{name}"}
