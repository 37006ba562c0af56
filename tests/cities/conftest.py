"""Real cities, brought in as docs/real-city.md shows it, command by command."""

from pathlib import Path

import pytest

from tests.cities.brute import Truth
from tests.cities.terminal import Desk, page_commands, page_files


@pytest.fixture(scope="session")
def las_palmas(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return _followed("las_palmas", test_data / "las_palmas", tmp_path_factory)


@pytest.fixture(scope="session")
def helsinki(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return _followed("helsinki", test_data / "helsinki_core", tmp_path_factory)


@pytest.fixture(scope="session")
def las_palmas_truth(test_data: Path) -> Truth:
    return Truth(test_data / "las_palmas", 32628)


@pytest.fixture(scope="session")
def helsinki_truth(test_data: Path) -> Truth:
    return Truth(test_data / "helsinki_core", 3067)


def _followed(city: str, files: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Follow the page up to the last import."""
    desk = Desk(tmp_path_factory.mktemp(city))
    desk.lay_out(files)
    for name, text in page_files().items():
        (desk.folder / name).write_text(text, encoding="utf-8")
    for line in page_commands(f"{city}.gpkg"):
        if line.startswith("greengrid import"):
            desk.take(line)
        elif line.startswith("greengrid init"):
            assert desk.type(line).code == 0
    return desk
