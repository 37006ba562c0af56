"""The command line speaks one language at a time, and explains every option in it."""

import re

import pytest

from api.cli.main import LANG_VARIABLE, build
from api.texts import LANGS, Lang, texts_in
from tests.api.cli.shell import ENGLISH, Shell, sentence

USAGE = 2
COMMANDS = sorted(build(texts_in("zh")).commands)
CHINESE = re.compile("[\u4e00-\u9fff]")
# What `greengrid claim` checks is Chinese in every language.
SENTENCE = "500米见园，覆盖率91%"


def test_the_commands_are_those_that_were_promised() -> None:
    promised = (
        "account audit backup check claim close copy coverage crosswalk demo detect diff doctor"
        " export form gaps grant holes hotspots import import-sheets indicators init kind log"
        " match open pending place restore restore-backup run scenario serve site supply template"
        " token undo"
    )
    assert promised.split() == COMMANDS


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_explains_every_option_in_one_language(
    command: str, lang: Lang, greengrid: Shell
) -> None:
    said = greengrid(command, "--help", lang=lang)
    assert said.err == ""
    for parameter in build(texts_in(lang)).commands[command].params:
        assert parameter.help  # type: ignore[attr-defined]  # typer's parameters all have one
        for option in parameter.opts:
            assert not option.startswith("-") or option in said.out
    if lang == "zh":
        assert said.out.startswith("用法：")
        assert not ENGLISH.search(said.out)
        assert not re.search("Usage|Options|Arguments|Show this|(?<!-)required|default:", said.out)
    else:
        assert said.out.startswith("Usage: ")
        assert not CHINESE.search(said.out.replace(SENTENCE, ""))


@pytest.mark.parametrize("lang", LANGS)
def test_no_arguments_show_what_there_is(lang: Lang, greengrid: Shell) -> None:
    said = greengrid(code=USAGE, lang=lang)
    for command in COMMANDS:
        assert f"  {command}" in said.err
    assert bool(CHINESE.search(said.err.replace(SENTENCE, ""))) == (lang == "zh")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("typed", "key", "named"),
    [
        ("covrage", "no_such_command", "coverage"),
        ("xyz", "no_such_command", "import"),
        ("coverage --rulez who_2016", "close_option", "--rules"),
        ("coverage --xyz", "no_such_option", "--xyz"),
        ("--xyz", "no_such_option", "--xyz"),
        ("coverage", "missing", "--rules"),
        ("init new.gpkg", "missing", "--metric-crs"),
        ("import bare_land", "missing", "FILE"),
        ("log --store", "option_value", "--store"),
        ("log --json=1", "option_value", "--json"),
        ("log one two", "too_many", "two"),
    ],
)
def test_what_was_typed_wrong_is_said_in_one_language(
    typed: str, key: str, named: str, lang: Lang, greengrid: Shell
) -> None:
    said = greengrid(*typed.split(), code=USAGE, lang=lang)
    fault, hint = said.err.splitlines()
    assert sentence(f"cli.usage.{key}", lang).fullmatch(fault)
    assert sentence("cli.usage.help", lang).fullmatch(hint)
    assert named in fault
    assert said.out == ""
    assert not (ENGLISH if lang == "zh" else CHINESE).search(said.err)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("serve --store s --port far", "65535"),
        ("serve --store s --port 70000", "65535"),
        ("import a b --cause whim", "correction"),
    ],
)
def test_a_value_that_an_option_does_not_take_is_said_with_those_it_does(
    typed: str, named: str, lang: Lang, greengrid: Shell
) -> None:
    said = greengrid(*typed.split(), code=USAGE, lang=lang)
    fault, _ = said.err.splitlines()
    assert sentence("errors.parameter_invalid", lang).fullmatch(fault)
    assert named in fault
    assert not (ENGLISH if lang == "zh" else CHINESE).search(said.err)


@pytest.mark.parametrize(
    "typed",
    ["--lang en log", "log --lang en", "log --lang=en", "--lang=en-GB log", "log --lang EN"],
)
def test_the_language_may_be_said_anywhere(typed: str, greengrid: Shell) -> None:
    said = greengrid(*typed.split(), code=USAGE, lang=None)
    assert sentence("errors.store_not_chosen", "en").fullmatch(said.err)


@pytest.mark.parametrize("typed", ["--lang fr log", "log --lang", "--lang= log"])
def test_a_language_that_nobody_here_speaks_is_refused(typed: str, greengrid: Shell) -> None:
    said = greengrid(*typed.split(), code=USAGE, lang=None)
    assert sentence("errors.parameter_invalid", "zh").fullmatch(said.err)


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "zh"),
        ({"LANG": "C"}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "POSIX"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", LANG_VARIABLE: "zh"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", LANG_VARIABLE: "en"}, "en"),
    ],
)
def test_the_language_is_the_variables_else_the_systems_else_chinese(
    environment: dict[str, str], lang: Lang, greengrid: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    said = greengrid("log", code=USAGE, lang=None)
    assert sentence("errors.store_not_chosen", lang).fullmatch(said.err)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GREENGRID_PORT", "far"),
        ("GREENGRID_PORT", "70000"),
        ("GREENGRID_CACHE_PAGES", "-1"),
        ("GREENGRID_WARM_UP", "perhaps"),
        (LANG_VARIABLE, "fr"),
    ],
)
def test_a_setting_that_cannot_be_used_is_said_in_one_language(
    name: str, value: str, lang: Lang, greengrid: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    said = greengrid("log", "--store", "s.gpkg", code=USAGE, lang=lang)
    assert sentence("errors.setting_invalid", lang).fullmatch(said.err)
    assert name in said.err
    assert value in said.err
    assert not (ENGLISH if lang == "zh" else CHINESE).search(said.err)


def test_only_the_command_that_was_typed_is_loaded() -> None:
    assert list(build(texts_in("zh"), "log").commands) == ["log"]
    assert list(build(texts_in("zh"), "grant").commands) == ["grant"]
