"""Everything that an import can say about a row has its words, and a remedy."""

import pytest

from api.texts import catalogue, placeholders
from layers.importing import PROBLEMS, How
from layers.importing.reasons import REASONS

NOTES = (
    "collections_unpacked",
    "heights_dropped",
    "label_overruled",
    "other_words_replaced",
    "parts_promoted",
    "without_geometry",
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


def test_what_is_wrong_with_a_geometry_has_words() -> None:
    assert not {code for code in REASONS.values() if f"import.reason.{code}" not in catalogue()}
