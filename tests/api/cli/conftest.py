"""A store to work on, the files around it, and a command line that is typed in this process."""

import shutil
from pathlib import Path

import pytest

from api.cli.main import run_command_line
from layers import create_store
from tests.api.cli.shell import Said, Shell
from tests.api.conftest import CRS_METRIC


@pytest.fixture
def greengrid(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Type a command; `code` is the exit code that it must have."""
    # The language of whoever runs the tests is not ours to test.
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: object, code: int = 0, lang: str | None = "en") -> Said:
        chosen = () if lang is None else ("--lang", lang)
        capsys.readouterr()
        found = run_command_line([*chosen, *(str(argument) for argument in arguments)])
        printed = capsys.readouterr()
        said = Said(found, printed.out, printed.err)
        assert said.code == code, said
        return said

    return run


@pytest.fixture
def store(city_path: Path, tmp_path: Path) -> Path:
    """Give a copy of the small city that a test may change."""
    return Path(shutil.copy(city_path, tmp_path / "city.gpkg"))


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "empty.gpkg"
    create_store(path, metric_crs=CRS_METRIC).close()
    return path
