"""The documentation keeps up with the program."""

import re
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from api.cli.main import build
from api.settings import Settings, variable_name
from api.texts import texts_in
from layers.importing import parse_mapping
from layers.kinds import KINDS
from tests.house.tracked import ROOT, tracked_files

FENCE = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = spec_from_file_location("generate", ROOT / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def all_docs() -> str:
    pages = (path for path in tracked_files() if path.suffix == ".md")
    return "\n".join(page.read_text("utf-8") for page in pages)


def test_the_reference_is_up_to_date(generator: ModuleType) -> None:
    folder = ROOT / "docs/reference"
    written = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
    expected = generator.pages()
    assert set(written) == set(expected), "run `make docs`"
    stale = [name for name, text in expected.items() if written[name] != text]
    assert not stale, "run `make docs`"


def test_every_kind_setting_and_command_is_mentioned() -> None:
    docs = all_docs()
    names = [*KINDS, *map(variable_name, Settings.model_fields)]
    assert not [name for name in names if f"`{name}`" not in docs]
    assert not [name for name in commands() if f"greengrid {name}" not in docs]


def commands() -> dict[str, set[str]]:
    """Name every command with its options."""
    found: dict[str, set[str]] = {}
    for name, command in build(texts_in("en")).commands.items():
        inner = getattr(command, "commands", {}).values()  # of `kind` and its like
        parameters = [parameter for each in (command, *inner) for parameter in each.params]
        found[name] = {option for parameter in parameters for option in parameter.opts}
    return found


def shown_commands() -> Iterator[tuple[str, str, set[str]]]:
    for page in (path for path in tracked_files() if path.suffix == ".md"):
        for block in FENCE.findall(page.read_text("utf-8")):
            for verb, rest in re.findall(r"\bgreengrid ([a-z]+(?:-[a-z]+)*)(.*)", block):
                options = set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", rest.split("#")[0]))
                yield page.name, verb, options


def test_commands_that_the_pages_show_exist() -> None:
    known = commands()
    wrong = [
        f"{page}: greengrid {verb} {' '.join(sorted(options))}"
        for page, verb, options in shown_commands()
        if verb not in known or not options <= known[verb] | {"--help"}
    ]
    assert not wrong


def test_the_kind_that_is_shown_can_be_declared_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/own-kinds.md").read_text("utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (source,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    (tmp_path / "litter_bin.toml").write_text(shown, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(compile(source, "own-kinds.md", "exec"), {"__name__": "page"})  # noqa: S102  our own page
    assert capsys.readouterr().out.splitlines() == re.findall(r"# prints: (.*)", source)


def test_the_mapping_file_that_is_shown_can_be_read() -> None:
    page = (ROOT / "docs/import.md").read_text("utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert parse_mapping(shown).key == ("osm_type", "osm_id")
