"""What is wrong with a row, in words."""

from api.texts import Texts
from layers.importing import Problem
from layers.kinds import KINDS, Kind


def problem_message(problem: Problem, texts: Texts) -> str:
    """Say what is wrong."""
    values = dict(problem.values)
    if "reason" in values:
        reason = str(values["reason"])
        values["reason"] = texts.either(f"import.reason.{reason}", reason)
    if values.get("kind") in KINDS:
        values["kind"] = texts.title(KINDS[str(values["kind"])])
    return texts(f"import.problem.{problem.code}", **values)


def problem_remedy(problem: Problem, texts: Texts) -> str:
    """Say what to do about it."""
    return texts(f"import.remedy.{problem.code}")


def problem_field(problem: Problem, kind: Kind, texts: Texts) -> str | None:
    """Name the field that it is about by its title."""
    if problem.field is None:
        return None
    known = next((field for field in kind.fields if field.key == problem.field), None)
    return problem.field if known is None else texts.title(known)
