"""A job done, with the rights that whoever asked for it has when it begins."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from api.drawings import write_result
from api.errors import SignInNeededError, UnexpectedError, WholeCityError
from api.processes.analyses import ANALYSES, kept, rules_of
from api.processes.declared import Process, process_named
from api.processes.files import Call, as_written, fill_in, import_one
from api.processes.inputs import Given, Upload
from api.statuses import status_of
from api.texts import LANGS, Lang, texts_in
from gis.errors import CodedError
from layers import Store
from layers.accounts import Accounts, Visitor
from layers.analysis import PLACES_OF_WEIGHT, Made
from layers.errors import AnalysisInputError, LayersError, UnknownKindError
from layers.jobs import Done, Job, JobFile, Queue, Steps
from layers.progress import listening
from layers.store import Scope, Verb
from layers.territory import LEVELS

__all__ = ["Performer", "explained", "measured_scope", "require_allowed"]

_LOG = logging.getLogger("greengrid")
_ADOPTION = ("adoption", "care_log")
# From here on a measurement is done, and its files are written.
_MEASURED = 80


class Performer:
    """Do jobs on a store."""

    def __init__(self, store: Store, accounts: Accounts, queue: Queue) -> None:
        self._store, self._accounts, self._queue = store, accounts, queue

    def __call__(self, job: Job, steps: Steps) -> Done:
        """Do a job.

        Raises
        ------
        SignInNeededError, WholeCityError, ScopeError
            What was allowed when it was asked for is not any more.
        """
        self._store.state()  # notices kinds that were declared meanwhile
        process = process_named(job.process)
        written = self._written(job) if process.writes else None
        if written is not None:
            return Done(result={}, files=written)
        visitor = self._accounts.visitor_of_account(
            self._store.kinds, job.account_id, read_only=job.read_only
        )
        given = process.read(self._inputs(job, process))
        require_allowed(process, given, visitor)
        lang: Lang = job.inputs.get("lang", LANGS[0])
        call = Call(
            store=self._store,
            scope=visitor.scope,
            author=visitor.name,
            texts=texts_in(lang),
            steps=steps,
            job=job.id,
            outputs=tuple(one for one in process.outputs if one.name in job.inputs["outputs"]),
        )
        if process.id == "import":
            return Done(result={}, files=self._import(job, given, call))
        if process.id == "report":
            return Done(result={}, files=fill_in(given, call))
        return _measured(process, given, call)

    def _import(self, job: Job, given: Given, call: Call) -> tuple[JobFile, ...]:
        try:
            return import_one(given, call)
        except LayersError:  # a worker that was taken for gone may have written only now
            found = self._written(job)
            if found is None:
                raise
            return found

    def _written(self, job: Job) -> tuple[JobFile, ...] | None:
        """Give what came of a job whose earlier worker was lost after it had written."""
        number = self._store.import_of_job(job.id)
        if number is None:
            return None
        names = (one.name for one in process_named(job.process).outputs)
        kept = [file for name in names if (file := self._queue.file(job, name)) is not None]
        return as_written(kept, number)

    def _inputs(self, job: Job, process: Process) -> dict[str, Any]:
        """Put the files of a job among what was asked."""
        asked = dict(job.inputs["inputs"])
        for one in process.inputs:
            kept = self._queue.file(job, one.name) if one.name in job.inputs["files"] else None
            if kept is not None:
                asked[one.name] = Upload(job.inputs["files"][one.name], kept.content)
        return asked


def require_allowed(process: Process, given: Given, visitor: Visitor) -> None:
    """Refuse what a visitor may not ask for.

    Raises
    ------
    SignInNeededError, WholeCityError, ScopeError
    """
    if not (visitor.is_known or visitor.administers):
        raise SignInNeededError
    if process.of_all and not visitor.scope.reads_everything:
        raise WholeCityError(process=process.id)
    if process.writes:
        for verb in (Verb.CREATE, Verb.UPDATE):
            visitor.scope.require(verb, given["kind"])


def measured_scope(store: Store, given: Given, scope: Scope, analysis: str) -> Scope:
    """Give what of the store a measurement may tell of; all of it under one name.

    Green space beyond the units that somebody sees counts for who lives in them, but what kind of
    thing it is they must be allowed to know.

    Raises
    ------
    UnknownKindError, AnalysisInputError
    """
    if scope.reads_everything:
        return Scope.all()
    visible = [key for key in store.kinds if scope.allows(Verb.READ, key)]
    layers = {layer for tier in rules_of(given["rules"]).tiers for layer in tier.layers}
    said = {given[name] for name in ("places", "plots") if given.get(name) is not None}
    for key in sorted(layers | said):  # hidden and absent alike
        if key not in visible:
            raise UnknownKindError(key, visible)
    rest = {*LEVELS, PLACES_OF_WEIGHT[given["weight"]]}
    rest |= {"adoption", "care_log"} if "adoption_plot" in layers else set()
    for key in sorted(rest):
        if key not in visible:
            raise AnalysisInputError(analysis=analysis, missing=key, reason="no_rows")
    return scope.for_reading()


def explained(error: Exception) -> dict[str, Any]:
    """Say in plain data why a job failed, in both languages; a fault goes into the log."""
    if not isinstance(error, CodedError):
        reference = f"{id(error):x}"
        _LOG.error("job failed: %s", reference, exc_info=error)
        error = UnexpectedError(reference=reference)
    status = status_of(error)
    return {
        "code": error.code,
        "status": HTTPStatus(status).value,
        "title": HTTPStatus(status).phrase,
        **{lang: texts_in(lang).error(error) for lang in LANGS},
    }


def _measured(process: Process, given: Given, call: Call) -> Done:
    scope = call.scope
    if not process.of_all:
        scope = measured_scope(call.store, given, scope, process.id)

    def tell(progress: int, step: str) -> None:
        call.steps.tell(round(progress * _MEASURED / 100), step)

    with listening(tell):
        only_run = all(not one.ending for one in call.outputs)
        run = kept(process.id, call.store, given, scope) if only_run else None
        made = None if run is not None else ANALYSES[process.id](call.store, given, scope)
    files = () if made is None else tuple(_files(made, call))
    run = run or cast("Made", made).run  # one of the two there is
    told_of = {"scope": run.parameters["scope"], "kinds": sorted(run.inputs)}
    return Done(result={}, run_id=run.id, told_of=told_of, files=files)


def _files(made: Made, call: Call) -> Iterator[JobFile]:
    """Write the files that are wanted; of one that cannot be made of a result, none."""
    wanted = [one for one in call.outputs if one.ending]
    with TemporaryDirectory(prefix="greengrid-") as folder:
        for number, one in enumerate(wanted):
            part = (100 - _MEASURED) * number // len(wanted)
            call.steps.tell(_MEASURED + part, "drawing", output=one.name)
            path = Path(folder) / f"{one.name}{one.ending}"
            write_result(made, path, call.texts)
            yield JobFile(name=one.name, media_type=one.media_type, content=path.read_bytes())
