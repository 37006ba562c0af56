"""Every code and every key has its sentence, in both languages, with values it can get."""

import importlib
import pickle
import pkgutil
import re
from pathlib import Path

import pytest

import api
import api.errors
import gis
import gis.errors
import layers
import layers.errors
from api.texts import catalogue, choose_lang, placeholders, read_catalogue, texts_in
from gis.errors import CodedError

FOLDER = Path(api.__file__).parent


def error_classes() -> list[type[CodedError]]:
    for package in (gis, layers, api):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if info.name.endswith("errors"):
                importlib.import_module(info.name)
    bases: list[type[CodedError]] = [
        gis.errors.GisError,
        layers.errors.LayersError,
        api.errors.ApiError,
    ]
    found = []
    while bases:
        base = bases.pop()
        found.append(base)
        bases.extend(base.__subclasses__())
    return found


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_that_its_values_can_fill(kind: type[CodedError]) -> None:
    entry = catalogue()[f"errors.{kind.code}"]
    assert placeholders(entry.zh) == placeholders(entry.en)
    assert placeholders(entry.zh) <= set(kind.names)


def test_an_error_crosses_to_another_process() -> None:
    error = layers.errors.UnknownKindError("grd", ["grid"])
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 (ours)
    assert (type(again), again.values, str(again)) == (type(error), error.values, str(error))


# The link to the other language, and the sentences that can be checked, which are Chinese.
CHINESE_IN_ENGLISH = re.compile(r"pages\.nav\.language|(cli|errors|reasons)\.claim")


@pytest.mark.parametrize("key", catalogue())
def test_both_languages_say_something_with_the_same_values(key: str) -> None:
    entry = catalogue()[key]
    assert entry.zh.strip()
    assert entry.en.strip()
    assert placeholders(entry.zh) == placeholders(entry.en)
    assert not re.search(r"[\u4e00-\u9fff]", entry.en) or CHINESE_IN_ENGLISH.match(key)


def test_every_key_in_code_and_templates_exists() -> None:
    used = {
        key
        for path in [*FOLDER.rglob("*.py"), *FOLDER.rglob("*.html")]
        for key in re.findall(
            r"[\"']((?:pages|errors)\.[a-z_.]+)[\"'][),]", path.read_text("utf-8")
        )
    }
    assert len(used) > 80
    assert sorted(key for key in used if key not in catalogue() and not key.endswith(".")) == []


def test_values_are_written_for_people() -> None:
    assert texts_in("zh").value([1234, "a", None, True]) == "1,234、a、–、是"
    assert texts_in("en").value((0.25, False)) == "0.25, no"


def test_an_entry_with_one_language_is_refused() -> None:
    with pytest.raises(TypeError, match=r"x\.a"):
        read_catalogue({"x": 'a = { zh = "只有中文" }'})


@pytest.mark.parametrize(
    ("wanted", "accepted", "lang"),
    [
        (None, None, "zh"),
        ("en", "zh", "en"),
        ("xx", "en-GB,en;q=0.9", "en"),
        (None, "fr;q=0.9, zh-TW;q=0.8, en;q=0.7", "zh"),
        (None, "en;q=0, zh", "zh"),
        (None, "en;q=nonsense", "zh"),
    ],
)
def test_language_is_the_wish_else_the_browsers_else_ours(
    wanted: str | None, accepted: str | None, lang: str
) -> None:
    assert choose_lang(wanted, accepted, "zh") == lang
