"""What the READMEs show is what happens: their Python runs, their commands exist, their links lead."""

import re
from pathlib import Path

import pytest

from tests.house.tracked import ROOT, tracked_files

READMES = ("README.md", "README.zh-CN.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def blocks(name: str, language: str) -> list[str]:
    found = FENCE.findall((ROOT / name).read_text("utf-8"))
    return [code for word, code in found if word == language]


@pytest.mark.parametrize("name", READMES)
def test_its_python_runs_and_prints_what_it_says(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    sources = blocks(name, "python")
    assert sources
    for number, source in enumerate(sources, 1):
        exec(compile(source, f"{name} block {number}", "exec"), {"__name__": "readme"})  # noqa: S102  our own page
        promised = [line.strip() for line in re.findall(r"# prints: (.*)", source)]
        assert capsys.readouterr().out.splitlines() == promised


def test_both_languages_show_the_same_python() -> None:
    bare = [
        [re.sub(r"\s*#.*", "", block) for block in blocks(name, "python")] for name in READMES
    ]  # fmt: skip
    assert bare[0] == bare[1]


@pytest.mark.parametrize("name", READMES)
def test_its_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(blocks(name, "sh"))))
    assert shown
    assert shown <= targets


def test_links_between_pages_lead_somewhere() -> None:
    pages = [path for path in tracked_files() if path.suffix == ".md"]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert not dead
