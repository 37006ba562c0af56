"""`supply` on the command line: shown, then written, then nothing left to do."""

from pathlib import Path

import pandas as pd
import pytest

from api.texts import Lang
from layers import open_store
from tests.api.cli.shell import ENGLISH, Shell, fingerprint

FINDINGS, USAGE, DATA = 1, 2, 3


@pytest.fixture
def town(store: Path) -> Path:
    """Give the small city with totals of its grids, and with homes that say what they are."""
    opened = open_store(store)
    with opened.change(author="tester", message="prepare") as change:
        homes = opened.read("building", columns=["code"]).sort_values("code").index
        # The first fifteen are all there is in the western column of grids.
        uses = ["commercial" if number < 15 else "residential" for number in range(len(homes))]
        change.update(
            "building", pd.DataFrame({"use": uses, "floors": 3, "households": None}, index=homes)
        )
        grids = opened.read("grid", columns=["code"]).index
        change.update("grid", pd.DataFrame({"households": 100}, index=grids))
    opened.close()
    return store


def test_households_are_shown_written_and_then_in_step(town: Path, greengrid: Shell) -> None:
    before = fingerprint(town)
    tried = greengrid(
        "supply", "households", "grid", "--store", town, "--dry-run", "--json", code=FINDINGS
    ).document
    assert fingerprint(town) == before
    assert (tried["dry_run"], tried["changeset"]) == (True, None)
    totals = {
        name: sum(row[name] for row in tried["units"])
        for name in ("total", "spread", "unplaced", "kept")
    }
    assert totals["total"] == 1200 == totals["spread"] + totals["unplaced"] + totals["kept"]
    assert totals["unplaced"] > 0
    assert sum(row["becomes"] for row in tried["changes"]) == totals["spread"]
    written = greengrid(
        "supply", "households", "grid", "--store", town, "--json", code=FINDINGS
    ).document
    assert written["changeset"] is not None
    again = greengrid(
        "supply", "households", "grid", "--store", town, "--json", code=FINDINGS
    ).document
    assert (again["changes"], again["changeset"]) == ([], None)


def test_coverage_prints_the_estimated_part(town: Path, greengrid: Shell) -> None:
    greengrid("supply", "households", "grid", "--store", town, code=FINDINGS)
    asked = ("coverage", "--rules", "who_2016", "--weight", "households", "--store", town)
    assert "100.0 % of the base is estimated" in greengrid(*asked).out.replace(
        "\u00a0", " "
    ).replace("100 %", "100.0 %")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_account_is_told_in_both_languages(town: Path, greengrid: Shell, lang: Lang) -> None:
    said = greengrid(
        "supply", "households", "grid", "--store", town, "--dry-run", lang=lang, code=FINDINGS
    ).out
    assert "1,200" in said
    assert "G000" in said
    if lang == "zh":
        assert not ENGLISH.search(said)


def test_areas_out_of_lists(town: Path, greengrid: Shell) -> None:
    opened = open_store(town)
    with opened.change(author="tester", message="lists") as change:
        homes = opened.read("building", columns=["code"]).sort_values("code").index
        lists = ["N1" if number < 48 else "N2" for number in range(len(homes))]
        change.update("building", pd.DataFrame({"grid_code": lists}, index=homes))
        change.delete("grid", list(opened.read("grid", columns=["code"]).index))
    opened.close()
    made = greengrid("supply", "areas", "grid", "--store", town, "--json").document
    assert (made["added"], made["changed"], made["kept"]) == (["N1", "N2"], [], 0)
    assert sum(row["area_m2"] for row in made["areas"]) == pytest.approx(
        6 * 2 * 300 * 300, rel=1e-6
    )
    said = greengrid("supply", "areas", "grid", "--store", town, "--dry-run").out
    assert "2 units get an area" in said


def test_what_cannot_be_supplied_is_said(town: Path, greengrid: Shell) -> None:
    assert (
        "such as grid" in greengrid("supply", "households", "road", "--store", town, code=DATA).err
    )
    assert "neither" in greengrid("supply", "areas", "district", "--store", town, code=DATA).err
    greengrid("supply", "people", "grid", "--store", town, code=USAGE)
