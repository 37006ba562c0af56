"""Processes and jobs for people: what there is to ask, how far it is, and what came of it."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from api.maps.base import Rendered
from api.ogc.door import Door
from api.processes import PROCESSES, Process
from api.rights.forms import FormKey, form_key
from api.texts import Lang, Texts, texts_in
from layers.jobs import Job, JobState

__all__ = ["job", "jobs", "key_of", "message", "process", "processes", "why_failed"]

_LINK = Markup('<a href="{}">{}</a>')
_CODE = Markup("<code>{}</code>")


def processes(door: Door, shown: Sequence[Process]) -> Rendered:
    """Show what can be worked out."""
    t = door.texts
    rows = [
        [
            _LINK.format(door.url(f"/processes/{one.id}", f="html"), one.title(t)),
            one.description(t),
        ]
        for one in shown
    ]
    entries = [(t("jobs.mine"), door.url("/jobs", f="html"))]
    tables = [{"title": "", "heads": [], "rows": rows}]
    return _page(door, t("jobs.processes"), lead=t("jobs.lead"), entries=entries, tables=tables)


def process(door: Door, shown: Process) -> Rendered:
    """Show what a process is asked, what it gives, and how a program asks."""
    t = door.texts
    inputs = [
        [_CODE.format(one.name), t("jobs.required") if one.is_required else "", one.title(t)]
        for one in shown.inputs
    ]
    outputs = [[_CODE.format(one.name), t(f"jobs.output.{one.name}")] for one in shown.outputs]
    tables = [
        {"title": t("jobs.inputs"), "heads": [t("ogc.name"), "", t("ogc.what")], "rows": inputs},
        {"title": t("jobs.outputs"), "heads": [t("ogc.name"), t("ogc.what")], "rows": outputs},
    ]
    return _page(
        door,
        shown.title(t),
        lead=shown.description(t),
        address=_example(door, shown),
        tables=tables,
        trail=[(t("jobs.processes"), door.url("/processes", f="html"))],
    )


def jobs(door: Door, listed: Sequence[Job]) -> Rendered:
    """Show the jobs that may be seen, the newest first."""
    t = door.texts
    lead = t("jobs.none") if not listed else t("jobs.all" if _of_all(door) else "jobs.own")
    return _jobs_page(door, t("jobs.mine"), lead, listed, is_one=False)


def job(door: Door, shown: Job) -> Rendered:
    """Show one job, and what came of it."""
    return _jobs_page(door, PROCESSES[shown.process].title(door.texts), "", [shown], is_one=True)


def message(door: Door, shown: Job) -> str:
    """Say in a sentence how far a job is."""
    t = door.texts
    if shown.state is JobState.FAILED:
        return why_failed(shown.problem or {}, t.lang)
    if shown.state is JobState.RUNNING and shown.step is not None:
        return _step(shown.step, t)
    return t(f"jobs.state.{shown.state.value}")


def why_failed(problem: Mapping[str, Any], lang: Lang) -> str:
    """Say why a job failed, as it was kept, or by its code."""
    said = problem.get(lang)
    return str(said) if said else texts_in(lang)(f"errors.{problem.get('code', 'job_lost')}")


def _step(step: Mapping[str, Any], t: Texts) -> str:
    name = str(step["name"])
    if name == "drawing":
        return t("jobs.step.drawing", output=t(f"jobs.output.{step['output']}"))
    said = t(f"jobs.step.{name}")
    if not step.get("total"):
        return said
    return t("jobs.step.counted", step=said, done=step["done"], total=step["total"])


def _jobs_page(
    door: Door, title: str, lead: str, listed: Sequence[Job], *, is_one: bool
) -> Rendered:
    t = door.texts
    trail = [(t("jobs.processes"), door.url("/processes", f="html"))]
    names = _authors(door)
    if is_one:
        trail.append((t("jobs.mine"), door.url("/jobs", f="html")))
    return door.visit.page(
        "jobs.html",
        title=title,
        lead=lead,
        trail=[(t("ogc.title"), door.url(f="html")), *trail],
        jobs=[{**_row(door, each), "author": names.get(each.account_id, "")} for each in listed],
        with_authors=bool(names),
        is_one=is_one,
        form=key_of(door).token,
    )


def key_of(door: Door) -> FormKey:
    """Make the key of the forms on a page, once for each request."""
    state = door.request.state
    if not hasattr(state, "form_key"):
        state.form_key = form_key(door.request)
    key: FormKey = state.form_key
    return key


def _row(door: Door, shown: Job) -> dict[str, Any]:
    t = door.texts
    asked = json.dumps(shown.inputs["inputs"], ensure_ascii=False)
    return {
        "id": shown.id,
        "url": door.url(f"/jobs/{shown.id}", f="html"),
        "title": PROCESSES[shown.process].title(t),
        "state": t(f"jobs.state.{shown.state.value}"),
        "message": message(door, shown),
        "progress": shown.progress,
        "is_open": not shown.state.is_over,
        "has_failed": shown.state is JobState.FAILED,
        "asked": asked,
        "files": list(shown.inputs["files"].values()),
        "created": t.value(shown.created_at.astimezone()),
        "ended": "" if shown.ended_at is None else t.value(shown.ended_at.astimezone()),
        "links": _links(door, shown),
        "dismiss": door.visit.url(f"/jobs/{shown.id}/dismiss"),
    }


def _links(door: Door, shown: Job) -> list[tuple[str, str]]:
    """Link what came of a job, for whoever may be told of it."""
    if shown.state is not JobState.SUCCESSFUL:
        return []
    t, desk = door.texts, door.visit.service.desk
    types = desk.types_seen(shown, door.visit.visitor)
    if types is None:
        return []
    links = (
        [] if shown.run_id is None else [(t("jobs.run"), door.visit.url(f"/runs/{shown.run_id}"))]
    )
    return links + [
        (t(f"jobs.output.{name}"), door.url(f"/jobs/{shown.id}/results/{name}")) for name in types
    ]


def _authors(door: Door) -> dict[str | None, str]:
    """Name who asked, for whoever sees the jobs of all; nobody has a name before there are any."""
    if not (_of_all(door) and door.visit.visitor.is_known):
        return {}
    return {each.id: each.name for each in door.visit.service.gate.accounts.people.all()}


def _of_all(door: Door) -> bool:
    return door.visit.visitor.administers


def _example(door: Door, shown: Process) -> str:
    """Write a command that asks for a process, with what it must be asked."""
    examples = {
        "rules": "baishan_slogan_300_500_1000",
        "text": "300米见绿，覆盖率达90%",
        "source": "grid",
        "target": "community",
        "kind": "bare_land",
        "green": "CODE",
    }
    asked = {
        one.name: {"value": "…"} if one.is_file else examples.get(one.key, "…")
        for one in shown.inputs
        if one.is_required
    }
    body = shlex.quote(json.dumps({"inputs": asked}, ensure_ascii=False))
    address = door.url(f"/processes/{shown.id}/execution")
    headers = "-H 'Authorization: Bearer gg_…' -H 'Content-Type: application/json'"
    return f"curl {headers} -d {body} {address}"


def _page(door: Door, title: str, **shown: Any) -> Rendered:
    trail = [(door.texts("ogc.title"), door.url(f="html")), *shown.pop("trail", ())]
    plain = {"lead": "", "advice": (), "address": "", "entries": (), "facts": (), "tables": ()}
    return door.visit.page("ogc.html", title=title, trail=trail, **(plain | shown))
