"""What every page asks of the store, remembered for as long as it stays true.

A result depends on the store and its restore epoch, on the last changeset, on the day, and on what
was asked; all of that is in its key, so that new data show in the next response.
"""

import datetime as dt
import logging
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from typing import TypeVar

from api.caching import Bodies, Memory
from api.looking import Looks
from api.metrics import Metrics
from api.processes import Performer, explained
from api.processes.desk import Desk
from api.processes.trying import Trials
from api.rights import Gate
from api.settings import Settings
from api.turns import Turns
from api.zipping import Runs
from gis import RuleSet, presets
from gis.covering.reach import ENTRANCES
from layers import Store
from layers.accounts import open_accounts
from layers.analysis import PLACES_OF_WEIGHT, WEIGHTS, Analysis, run_coverage, run_gaps
from layers.analysis.walking import WALKWAYS
from layers.clock import today
from layers.errors import AnalysisInputError, LayersError
from layers.jobs import Workers, open_queue
from layers.store import Extent, Scope, Verb
from layers.territory import LEVELS
from layers.tiles import TileSource
from layers.tiles.results import Results

T = TypeVar("T")

# The first that a store can count is the one to begin with: people before buildings.
_PREFERRED = ("households", "population", "buildings", "area", "dwellings")
_PLACES = frozenset(PLACES_OF_WEIGHT.values())
_RESULTS = 48
_LOG = logging.getLogger("greengrid")
_EXTENTS = 500
_DRAWINGS = 100
_RUNS = 8
_BODIES = 64 * 1024**2  # bytes
_RUNS_BYTES = 32 * 1024**2
# So long a measurement that is under way may hold up the end.
_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Question:
    """What is measured: rules, what is counted, and the day."""

    rules: RuleSet
    weight: str
    on: dt.date


class Service:
    """A store with its settings, and what was found out about it."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        place = settings.store or store.place
        self.gate = Gate(settings, open_accounts(place, pulse=store.pulse))
        # In one database they share a pulse.
        self.looks = Looks(dict.fromkeys((store.pulse, self.gate.accounts.pulse)))
        self.jobs = open_queue(place)
        perform = Performer(store, self.gate.accounts, self.jobs)
        self.workers = Workers(self.jobs, perform, explained, threads=settings.job_threads)
        self.desk = Desk(store, self.jobs, self.workers)
        self.trials = Trials(store)
        self.metrics = Metrics()
        self.turns = Turns()
        # Set when the service has been told to stop: it answers what it has, and wants no more.
        self.is_stopping = False
        self._memories: dict[str, Memory] = {}
        self._results = self.memory("results", _RESULTS)
        self._pages = self.memory("pages", settings.cache_pages)
        self._extents = self.memory("extents", _EXTENTS)
        self._drawings = self.memory("drawings", _DRAWINGS)
        self.bodies = Bodies(_BODIES, partial(self.metrics.looked_up, "bodies"))
        self.runs = Runs(_RUNS_BYTES)
        self.tiles = TileSource(store)
        self._runs = self.memory("runs", _RUNS)

    def memory(self, name: str, size: int) -> Memory:
        """Make a memory of finished work whose use is counted under a name."""
        self._memories[name] = Memory(size, partial(self.metrics.looked_up, name))
        return self._memories[name]

    def take_stock(self) -> None:
        """Note for whoever watches how much this process holds."""
        self.metrics.take_stock({name: len(one) for name, one in self._memories.items()})

    def refusals(self) -> dict[str, str | None]:
        """Try everything that an answer needs; give the code of what keeps it from working."""
        tries = {"store": self.store.require_ready, "accounts": self.gate.accounts.require_ready}
        found: dict[str, str | None] = {"stopping": "stopping" if self.is_stopping else None}
        for part, attempt in tries.items():
            try:
                attempt()
            except (LayersError, OSError) as fault:
                found[part] = getattr(fault, "code", "system")
            else:
                found[part] = None
        return found

    def state(self) -> tuple[Hashable, ...]:
        """Name the state of the store on which everything depends."""
        return self.store.state()

    def counts(self, scope: Scope) -> dict[str, int]:
        """Count the features of every kind that a scope shows."""
        return self._remember(
            ("counts", scope.for_reading()), lambda: self.store.counts(scope=scope.for_reading())
        )

    def weights(self, scope: Scope) -> list[str]:
        """List what can be counted, the one to begin with first."""
        key = ("weights", scope.for_reading(), self._revisions({*_PLACES, *LEVELS}, scope))
        return self._results.get(key, lambda: self._find_weights(scope))

    def levels(self, scope: Scope) -> list[str]:
        """List the levels of units that there are, the finest first."""
        return [level for level in LEVELS if self.counts(scope).get(level)]

    def can_measure(self, scope: Scope) -> bool:
        """Tell whether there are places and green space, without which there is no figure."""
        return bool(self.weights(scope)) and bool(self.counts(scope).get("green_space"))

    def coverage(self, asked: Question, scope: Scope) -> Analysis:
        """Measure coverage, or remember it; a measurement is kept as a run.

        Raises
        ------
        AnalysisInputError
            A layer that is needed is empty, or hidden: which of the two is not told.
        """
        within = self._within(asked, scope)
        key = ("coverage", asked.rules, asked.weight, asked.on, within)
        return self._results.get(
            (*key, self._revisions(_rests_on(asked), within)),
            lambda: run_coverage(
                self.store, asked.rules, weight=asked.weight, on=asked.on, scope=within
            ),
        )

    def gaps(self, asked: Question, scope: Scope) -> Analysis:
        """Rank the gaps, or remember them.

        Raises
        ------
        AnalysisInputError
        """
        within = self._within(asked, scope)
        key = ("gaps", asked.rules, asked.weight, asked.on, within)
        return self._results.get(
            (*key, self._revisions(_rests_on(asked), within)),
            lambda: run_gaps(
                self.store, asked.rules, weight=asked.weight, on=asked.on, scope=within
            ),
        )

    def results_of(self, run: Hashable, make: Callable[[], Results]) -> Results:
        """Give the layers of a run, or find them; whoever asks meanwhile waits for that."""
        return self._runs.get(run, make)

    def try_coverage(self, asked: Question, scope: Scope) -> Analysis | AnalysisInputError:
        """Measure coverage; give the refusal where the store lacks what it needs."""
        try:
            return self.coverage(asked, scope)
        except AnalysisInputError as refusal:
            return refusal

    def extent(self, state: Hashable, kind: str, scope: Scope) -> Extent:
        """Find where the features of a kind are, or remember it; `state` is all it depends on."""
        key = (state, kind, scope)
        return self._extents.get(key, lambda: self.store.extent(kind, scope=scope))

    def drawing(self, kind: str, scope: Scope, asked: Hashable, make: Callable[[], T]) -> T:
        """Give what was made of a layer as a scope shows it, until somebody writes to it."""
        key = (kind, scope.for_reading(), asked, self._revisions({kind}, scope))
        return self._drawings.get(key, make)

    def page(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give a finished page, or make it; `key` names it beside the state of the store."""
        return self._pages.get((self.state(), key), make)

    def warm_up(self, stopped: Event) -> None:
        """Measure what the overview shows, so that its first visitor does not wait for it."""
        everything = Scope.all()
        for weight in self.weights(everything) if self.can_measure(everything) else ():
            if not stopped.is_set():
                rules = presets[next(iter(presets))]
                try:
                    self.try_coverage(Question(rules, weight, today()), everything)
                except LayersError as refusal:  # then whoever asks first will wait
                    _LOG.warning("warm-up: %s", refusal)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Warm up beside whatever else is done, and close the store at the end."""
        stopped = Event()
        helper = Thread(target=self.warm_up, args=[stopped], name="warm-up", daemon=True)
        if self.settings.warm_up:
            helper.start()
        self.workers.start()
        yield
        stopped.set()
        self.workers.stop(_PATIENCE_S)
        if self.settings.warm_up:
            helper.join(_PATIENCE_S)
        self.looks.close()
        self.tiles.close()
        self.jobs.close()
        self.gate.accounts.close()
        self.store.close()

    def _remember(self, key: Hashable, make: Callable[[], T]) -> T:
        return self._results.get((self.state(), key), make)

    def _revisions(self, kinds: Iterable[str], scope: Scope) -> Hashable:
        """Name the state of those layers on which a result rests.

        Who writes to others, as surveyors do all day, costs nobody a measurement. What a limited
        scope shows of one layer rests on others, too: on units, and on counts that are withheld.
        """
        state = self.store.state()
        if not scope.reads_everything:
            return state
        now = self._results.get(("revisions", state), self.store.revisions)
        life = (state.store_id, state.restore_epoch, state.declaration)
        return (*life, *((kind, now.get(kind)) for kind in sorted(kinds)))

    def _within(self, asked: Question, scope: Scope) -> Scope:
        """Give what of the store a measurement may tell of; all of it under one name.

        Green space beyond the units that somebody sees counts for who lives in them, but what
        kind of thing it is they must be allowed to know.
        """
        if scope.reads_everything:
            return Scope.all()
        for key in sorted(_named(asked) & set(self.store.kinds)):
            if not scope.allows(Verb.READ, key):
                raise AnalysisInputError(analysis="coverage", missing=key, reason="no_rows")
        return scope.for_reading()

    def _find_weights(self, scope: Scope) -> list[str]:
        counts = self.counts(scope)
        columns = {
            w: c for w, c in WEIGHTS.items() if c in {"dwellings", "households", "population"}
        }
        found = {w for w in WEIGHTS if counts.get(PLACES_OF_WEIGHT[w])}
        hidden = scope.hidden_fields("building")
        found -= {weight for weight, column in columns.items() if column in hidden}
        if counts.get("building") and not hidden:
            frame = self.store.read("building", columns=list(columns.values()), scope=scope)
            found -= {w for w, column in columns.items() if frame[column].isna().all()}
        return [weight for weight in _PREFERRED if weight in found]


def _named(asked: Question) -> set[str]:
    """Name the layers by which a question is put."""
    named = {PLACES_OF_WEIGHT[asked.weight], *LEVELS}
    named.update(layer for tier in asked.rules.tiers for layer in tier.layers)
    return named | {"adoption", "care_log"} if "adoption_plot" in named else named


def _rests_on(asked: Question) -> set[str]:
    """Name all layers on which an answer may rest."""
    return {*_named(asked), ENTRANCES, WALKWAYS}
