"""Notebooks are committed without outputs and use only what everybody may import."""

import ast
import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.house.tracked import ROOT

OWN = {"gis", "layers", "api"}


def notebooks() -> list[Path]:
    return sorted((ROOT / "notebooks").glob("*.ipynb"))


def code_cells(path: Path) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code"]


def private_imports(source: str) -> list[str]:
    """List imports from our packages of names that their modules do not list in `__all__`."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.split(".")[0] in OWN and "." in a.name]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OWN:
            public = public_names(node.module or "")
            found += [f"{node.module}.{a.name}" for a in node.names if a.name not in public]
    return found


def public_names(module: str) -> set[str]:
    """Name what a package offers; a module that is no package offers nothing."""
    imported = import_module(module)
    return set(imported.__all__) if hasattr(imported, "__path__") else set()


def python_of(cell: dict[str, Any]) -> str:
    lines = "".join(cell["source"]).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!")))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_no_outputs_are_committed(path: Path) -> None:
    for cell in code_cells(path):
        assert not cell["outputs"]
        assert cell["execution_count"] is None


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_only_public_names_are_imported(path: Path) -> None:
    for cell in code_cells(path):
        assert not private_imports(python_of(cell))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.name)
def test_it_opens_with_the_question_it_answers(path: Path) -> None:
    first = json.loads(path.read_text("utf-8"))["cells"][0]
    assert first["cell_type"] == "markdown"
    assert "".join(first["source"]).startswith("# ")


def test_private_imports_are_recognised() -> None:
    assert private_imports("from gis.crs import is_metric") == ["gis.crs.is_metric"]
    assert private_imports("import layers.store") == ["layers.store"]
    assert private_imports("from layers import _private") == ["layers._private"]
    assert not private_imports("from gis import coverage\nimport layers\nimport geopandas.testing")
