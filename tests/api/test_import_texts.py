"""Everything that an import can say about a row has its words, and a remedy."""

import re
from pathlib import Path

import pytest

import layers.importing.readers
from api.texts import catalogue, placeholders
from layers.importing import PROBLEMS, How
from layers.importing.readers import REMARKS
from layers.importing.reasons import REASONS

READERS = Path(layers.importing.readers.__file__).parent

NOTES = (
    "approximate_numbers",
    "axes_of_surveyors",
    "collections_unpacked",
    "coordinates_rewritten",
    "coordinates_swapped",
    "component_system_unsaid",
    "heights_dropped",
    "label_ignored",
    "label_overruled",
    "other_words_replaced",
    "parts_promoted",
    "rows_of_other_datum",
    "repair_offered",
    "units_converted",
    "without_geometry",
    "zone_prefix_added",
    "zone_prefix_removed",
)


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_has_words_and_a_remedy(code: str) -> None:
    entry = catalogue()[f"import.problem.{code}"]
    assert placeholders(entry.zh) == placeholders(entry.en) <= set(PROBLEMS[code].names)
    remedy = catalogue()[f"import.remedy.{code}"]
    assert placeholders(remedy.zh) == placeholders(remedy.en) == set()


def test_no_words_without_a_problem() -> None:
    for part in ("problem", "remedy"):
        prefix = f"import.{part}."
        said = {key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix)}
        assert said == set(PROBLEMS)


def test_notes_and_ways_of_matching_have_words() -> None:
    for name in NOTES:
        assert placeholders(catalogue()[f"import.note.{name}"].en) == {"rows"}
    for how in How:
        assert f"import.how.{how}" in catalogue()


def test_every_remark_of_a_reader_has_words() -> None:
    for code, names in REMARKS.items():
        entry = catalogue()[f"import.remark.{code}"]
        assert placeholders(entry.zh) == placeholders(entry.en) <= set(names)
    prefix = "import.remark."
    said = {key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix)}
    assert said == set(REMARKS)


def test_every_reason_for_which_a_file_cannot_be_read_has_words() -> None:
    sources = [path.read_text("utf-8") for path in READERS.rglob("*.py")]
    quoted = {word for text in sources for word in re.findall(r'"([a-z]+(?:_[a-z]+)*)"', text)}
    prefix = "reasons.source_unreadable."
    said = {key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix)}
    raised = {
        word
        for text in sources
        for word in re.findall(r'(?:reason=|_refused\(path, )"([a-z_]+)"', text)
    }
    assert raised <= said <= quoted


def test_what_is_wrong_with_a_geometry_has_words() -> None:
    assert not {code for code in REASONS.values() if f"import.reason.{code}" not in catalogue()}
