"""Whatever is done in whatever order, both stores say what the chronicle says, for ever."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.layers.store.histories import Stores
from tests.layers.store.witness import Witness
from tests.postgis import Server


@pytest.fixture
def machine(empty_file: Path, server: Server, empty_database: str, tmp_path: Path) -> type[Stores]:
    """Give the machine, with empty stores to start from each time."""
    number = count()

    def places() -> tuple[str | Path, ...]:
        path = Path(shutil.copy(empty_file, tmp_path / f"town-{next(number)}.gpkg"))
        return path, server.url(server.create(template=empty_database))

    def finish(witness: Witness) -> None:
        if isinstance(witness.place, Path):
            witness.place.unlink()
        else:
            server.drop(witness.place.rpartition("/")[2])

    class Both(Stores):
        pass

    Both.places = staticmethod(places)
    Both.folder = tmp_path
    Both.finish = staticmethod(finish)
    return Both


# Making a failing history short takes minutes, which only the long test has.
_AT_ONCE = [phase for phase in Phase if phase is not Phase.shrink]


def explore(
    machine: type[Stores], *, examples: int, steps: int, phases: Sequence[Phase] = tuple(Phase)
) -> None:
    """Run so many histories of at most so many steps."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            print_blob=True,
            phases=phases,
        ),
    )


def test_both_stores_remember_what_the_chronicle_says(machine: type[Stores]) -> None:
    explore(machine, examples=5, steps=12, phases=_AT_ONCE)


@pytest.mark.long
def test_both_stores_remember_long_histories(machine: type[Stores]) -> None:
    machine.thorough = True
    explore(machine, examples=60, steps=25)
