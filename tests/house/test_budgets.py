"""Modules and functions stay short enough to read in one go. Complexity and arguments: see ruff."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from tests.house.tracked import ROOT

MODULE_LINES = 400
BODY_LINES = 50
MEDIAN_BODY_LINES = 10
P90_BODY_LINES = 35
FOLDERS = ("gis", "layers", "api", "tests", "bench", "docs")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    return [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]


def body_lines(function: Function) -> int:
    """Count the lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return 0 if not body else (body[-1].end_lineno or 0) - body[0].lineno + 1


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, Function):
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", body_lines(node)


def test_no_module_is_longer_than_its_budget() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in modules()}
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path, lines in lengths.items()
        if lines > MODULE_LINES
    }
    assert not too_long


def test_no_function_is_longer_than_its_budget() -> None:
    too_long = {
        name: lines for path in modules() for name, lines in functions(path) if lines > BODY_LINES
    }
    assert not too_long


@pytest.mark.parametrize("package", ["gis", "layers", "api"])
def test_most_functions_are_short(package: str) -> None:
    lines = [
        lines for path in (ROOT / package).rglob("*.py") for _, lines in functions(path)
    ]  # fmt: skip
    if len(lines) < 10:
        pytest.skip("too few functions to speak of most")
    assert median(lines) <= MEDIAN_BODY_LINES
    assert quantiles(lines, n=10)[-1] <= P90_BODY_LINES


def test_nothing_is_called_utils() -> None:
    names = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}
    assert not [str(path) for path in modules() if path.name.lstrip("_") in names]


def test_star_imports_are_nowhere() -> None:
    starred = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    assert not starred


def test_the_docstring_does_not_count() -> None:
    function = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n').body[0]
    assert isinstance(function, Function)
    assert body_lines(function) == 1
