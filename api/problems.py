"""What is wrong with a row or a feature, in words."""

from collections.abc import Mapping
from typing import Any

from api.texts import Texts
from layers.importing import Problem
from layers.kinds import KINDS, Kind
from layers.kinds.codes.components import COVER_CLASS

# Values that name a layer.
_LAYERS = ("kind", "level")
# Values that name the class of a component.
_CLASSES = ("class", "meant")


def problem_message(problem: Problem, texts: Texts) -> str:
    """Say what is wrong."""
    return problem_text(problem.code, problem.values, texts)


def problem_text(code: str, values: Mapping[str, object], texts: Texts) -> str:
    """Say what is wrong, by its code: reasons in words, layers by their titles."""
    return texts(f"import.problem.{code}", **_worded(values, texts))


def problem_remedy(problem: Problem, texts: Texts) -> str:
    """Say what to do about it."""
    return texts(f"import.remedy.{problem.code}")


def finding_remedy(code: str, texts: Texts) -> str:
    """Say what to do about a feature of the register."""
    own = f"check.remedy.{code}"
    return texts(own) if texts.has(own) else texts(f"import.remedy.{code}")


def problem_field(problem: Problem, kind: Kind, texts: Texts) -> str | None:
    """Name the field that it is about by its title."""
    if problem.field is None:
        return None
    known = next((field for field in kind.fields if field.key == problem.field), None)
    return problem.field if known is None else texts.title(known)


def _worded(values: Mapping[str, object], texts: Texts) -> dict[str, Any]:
    worded = dict(values)
    if "reason" in worded:
        reason = str(worded["reason"])
        worded["reason"] = texts.either(f"import.reason.{reason}", reason)
    if "source" in worded:
        source = str(worded["source"])
        worded["source"] = texts.either(f"import.source.{source}", source)
    for name in _CLASSES:
        choice = COVER_CLASS.find(str(worded.get(name)))
        if "class" in worded and choice is not None:
            worded[name] = texts.title(choice)
    for name in _LAYERS:
        if worded.get(name) in KINDS:
            worded[name] = texts.title(KINDS[str(worded[name])])
    return worded
