"""The processes: each is a command that can also be asked for over HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

from api.errors import ParameterError, ProcessMissingError
from api.processes.inputs import Given, Input, Upload, inputs_of
from api.texts import Texts

__all__ = ["PROCESSES", "Output", "Process", "process_named"]

_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_JSON, _PAGE, _LAYERS, _TABLE = (
    "application/json",
    "text/html",
    "application/geopackage+sqlite3",
    "text/csv",
)


@dataclass(frozen=True)
class Output:
    """Something that a process gives; what is a file has an `ending`."""

    name: str
    media_type: str
    ending: str = ""


RUN = Output("run", _JSON)
TABLE = Output("table", _TABLE, ".csv")
BOOK = Output("workbook", _BOOK, ".xlsx")
MAP = Output("map", _PAGE, ".html")
LAYERS = Output("layers", _LAYERS, ".gpkg")
REPORT = Output("report", _JSON)
_ALL = (RUN, TABLE, BOOK, MAP, LAYERS)


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process.

    Parameters
    ----------
    id
        Its name in addresses.
    command
        Module and function of the command whose signature is what it is asked.
    path
        Where the catalogue has the words of that command.
    outputs
        What it gives.
    leave_out
        Parameters of the command that are of no use over HTTP.
    of_all
        Whether it measures the whole city: of a part of one, its figures would be wrong.
    writes
        Whether it changes the store.
    """

    id: str
    command: str
    path: str
    outputs: tuple[Output, ...] = _ALL
    leave_out: frozenset[str] = frozenset()
    of_all: bool = True
    writes: bool = False

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """What it is asked."""
        module, _, function = self.command.partition(".")
        found: Callable[..., Any] = getattr(import_module(f"api.cli.{module}"), function)
        return inputs_of(found, self.path, self.leave_out)

    def title(self, texts: Texts) -> str:
        """Name it."""
        return texts(f"jobs.process.{self.id}")

    def description(self, texts: Texts) -> str:
        """Say what it does, in the words of the command's help."""
        return texts(f"{self.path}.help")

    def read(self, given: Mapping[str, Any]) -> Given:
        """Read what is asked; what is not said is as in the command.

        Raises
        ------
        ParameterError
        """
        known = {one.name: one for one in self.inputs}
        for name in given:
            if name not in known:
                raise ParameterError(parameter="inputs", found=name, allowed=list(known))
        read: dict[str, Any] = {}
        for one in self.inputs:
            if given.get(one.name) is not None:
                read[one.key] = one.read(given[one.name])
            elif one.is_required:
                raise ParameterError(parameter=one.name, found="", allowed=one.metavar or one.name)
            else:
                read[one.key] = one.default
        return read

    def files(self, given: Given) -> dict[str, Upload]:
        """Give the files among what was read, by the names that their inputs have."""
        return {
            one.name: given[one.key] for one in self.inputs if isinstance(given[one.key], Upload)
        }

    def chosen(self, outputs: Any) -> tuple[Output, ...]:
        """Read which outputs are wanted; all of them where nothing is said.

        Raises
        ------
        ParameterError
        """
        known = {one.name: one for one in self.outputs}
        if outputs is None or outputs == {}:
            return self.outputs
        names = list(outputs) if isinstance(outputs, dict) else [str(outputs)[:200]]
        for name in names:
            if name not in known:
                raise ParameterError(parameter="outputs", found=name, allowed=list(known))
        return tuple(one for one in self.outputs if one.name in names)


_ANALYSES = (
    Process(id="coverage", command="coverage_command.coverage", path="cli.coverage", of_all=False,
            leave_out=frozenset({"by"})),
    Process(id="gaps", command="gaps_command.gaps", path="cli.gaps", of_all=False),
    Process(id="claim", command="claim_command.claim", path="cli.claim",
            leave_out=frozenset({"by"})),
    Process(id="sites", command="site_command.site", path="cli.site", of_all=False,
            leave_out=frozenset({"rank"})),
    Process(id="scenario", command="scenario_command.scenario", path="cli.scenario", of_all=False,
            outputs=(RUN, TABLE, BOOK)),
    Process(id="indicators", command="indicators_command.indicators", path="cli.indicators"),
    Process(id="holes", command="holes_command.holes", path="cli.holes"),
    Process(id="crosswalk", command="crosswalk_command.crosswalk", path="cli.crosswalk"),
    Process(id="hotspots", command="hotspots_command.hotspots", path="cli.hotspots"),
)  # fmt: skip

PROCESSES: Mapping[str, Process] = {
    each.id: each
    for each in (
        *_ANALYSES,
        Process(
            id="import",
            command="import_command.import_",
            path="cli.import",
            outputs=(
                REPORT,
                Output("rejected", _BOOK, ".xlsx"),
                Output("preview", _PAGE, ".html"),
            ),
            leave_out=frozenset({"preview", "rejected", "save_mapping", "no_remembered"}),
            of_all=False,
            writes=True,
        ),
        Process(
            id="report",
            command="form_command.fill",
            path="cli.form.fill",
            outputs=(REPORT, BOOK),
        ),
    )
}
"""By their ids."""


def process_named(name: str) -> Process:
    """Find a process.

    Raises
    ------
    ProcessMissingError
    """
    if name not in PROCESSES:
        raise ProcessMissingError(process=name)
    return PROCESSES[name]
