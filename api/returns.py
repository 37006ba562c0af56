"""Rejected rows as they go back to whoever sent them, with a remark on each."""

from pathlib import Path

from api.problems import problem_field, problem_message, problem_remedy
from api.texts import Texts
from layers.importing import Plan, Problem, Returned, Severity, return_rows


def remarks_on(plan: Plan, texts: Texts, *, with_warned: bool = False) -> dict[int, str]:
    """Say of each rejected row what is wrong and what to do; on request of those taken, too."""
    source, findings = plan.prepared.source, plan.prepared.findings
    said: dict[int, list[str]] = {}
    wanted = findings.rejected | findings.warned if with_warned else findings.rejected
    for number in source.row_numbers[wanted].tolist():
        said[number] = [f"{texts('import.returned.row', row=number)}{_COLONS[texts.lang]}"]
    for problem in findings.problems():
        if problem.row in said:
            said[problem.row].append(_sentence(problem, plan, texts))
    joiner = "" if texts.lang == "zh" else " "
    return {number: joiner.join(parts) for number, parts in said.items()}


_COLONS = {"zh": "：", "en": ":"}


def _sentence(problem: Problem, plan: Plan, texts: Texts) -> str:
    field = problem_field(problem, plan.prepared.kind, texts)
    message = problem_message(problem, texts)
    if problem.severity is Severity.WARNING:
        message += texts("cli.import.warning")
    said = {"message": message, "remedy": problem_remedy(problem, texts)}
    if field is None:
        return texts("import.returned.problem_of_row", **said)
    return texts("import.returned.problem", field=field, **said)


def write_rejected(
    plan: Plan, path: Path, target: Path, texts: Texts, *, with_warned: bool = False
) -> int:
    """Write the rows that go back; return how many there are.

    Raises
    ------
    ReturnFormatError, SourceUnreadableError
    """
    remarks = remarks_on(plan, texts, with_warned=with_warned)
    if remarks:
        returned = Returned(remarks=remarks, heading=texts("import.returned.heading"))
        return_rows(plan, path, target, returned)
    return len(remarks)
