"""Everything that may be wrong with a store has its words, and a remedy."""

import pytest

from api.texts import catalogue, placeholders
from layers.store.ailments import AILMENTS, Severity


@pytest.mark.parametrize("code", AILMENTS)
def test_every_ailment_has_words_and_a_remedy(code: str) -> None:
    entry = catalogue()[f"doctor.finding.{code}"]
    assert placeholders(entry.zh) == placeholders(entry.en) <= set(AILMENTS[code].names)
    remedy = catalogue()[f"doctor.remedy.{code}"]
    assert placeholders(remedy.zh) == placeholders(remedy.en) == set()
    assert ("--repair" in remedy.en) == AILMENTS[code].is_repairable or code == "edits_unadopted"


def test_no_words_without_an_ailment() -> None:
    for part, known in (("finding", AILMENTS), ("remedy", AILMENTS), ("severity", list(Severity))):
        prefix = f"doctor.{part}."
        said = {key.removeprefix(prefix) for key in catalogue() if key.startswith(prefix)}
        assert said == {str(each) for each in known}
