"""Reading the catalogue, and saying its sentences with values filled in."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, Protocol, get_args

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = get_args(Lang)

_TRUTHS = {None: "none", True: "yes", False: "no"}
_HTML_LANG: dict[Lang, str] = {"zh": "zh-CN", "en": "en"}


class TextMissingError(KeyError):
    """The catalogue has no entry under a key: a fault of the program, not of its user."""


class Titled(Protocol):
    """Whatever is declared with a Chinese and an English title."""

    @property
    def title_zh(self) -> str:
        """Give the Chinese title."""
        ...

    @property
    def title_en(self) -> str:
        """Give the English title."""
        ...


@dataclass(frozen=True)
class Entry:
    """One sentence in both languages; `{names}` in braces stand for values."""

    zh: str
    en: str

    def template(self, lang: Lang) -> str:
        """Give the sentence in one language, with its placeholders."""
        return self.zh if lang == "zh" else self.en


Catalogue = Mapping[str, Entry]


@dataclass(frozen=True)
class Texts:
    """The catalogue in one language."""

    lang: Lang
    entries: Catalogue

    def __call__(self, key: str, /, **values: Any) -> str:
        """Say the sentence under `key` with `values` filled in.

        Raises
        ------
        TextMissingError
        """
        entry = self.entries.get(key)
        if entry is None:
            raise TextMissingError(key)
        shown = {name: self.value(value) for name, value in values.items()}
        return entry.template(self.lang).format_map(shown)

    def has(self, key: str) -> bool:
        """Tell whether there is a sentence under `key`."""
        return key in self.entries

    def either(self, key: str, otherwise: str) -> str:
        """Say the sentence under `key`, or `otherwise` where the catalogue has none."""
        return self(key) if key in self.entries else otherwise

    def title(self, thing: Titled) -> str:
        """Give the title of a kind, a field, a code list or a choice."""
        return thing.title_zh if self.lang == "zh" else thing.title_en

    def error(self, error: Exception) -> str:
        """Say what a coded error means; its class's own words where the catalogue has none.

        A value that is itself a code, such as a `reason`, is said in the words of
        `reasons.<code>.<value>` where the catalogue has them. An error with `details` says each
        of these in a line of its own.
        """
        details = (self._sentence(each) for each in getattr(error, "details", ()))
        return "\n".join([self._sentence(error), *(f"  {each}" for each in details)])

    def _sentence(self, error: Exception) -> str:
        code = getattr(error, "code", "")
        key = f"errors.{code}"
        if key not in self.entries:
            return str(error)
        values = getattr(error, "values", {})
        return self(key, **{name: self._reason(code, value) for name, value in values.items()})

    def _reason(self, code: str, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._reason(code, each) for each in value]
        return self.either(f"reasons.{code}.{value}", value) if isinstance(value, str) else value

    def value(self, value: Any) -> str:
        """Write a value as people read it: lists with commas, counts with thousands marked."""
        if isinstance(value, list | tuple | set | frozenset):
            return self.enumerate(value)
        if value is None or isinstance(value, bool):
            return self(f"pages.value.{_TRUTHS[value]}")
        return _plain(value)

    def enumerate(self, values: Iterable[Any]) -> str:
        """Join values by the language's own comma."""
        return self.comma.join(self.value(value) for value in values)

    @property
    def comma(self) -> str:
        """Give what stands between the items of a list."""
        return "、" if self.lang == "zh" else ", "

    @property
    def html_lang(self) -> str:
        """The tag that pages in this language carry."""
        return _HTML_LANG[self.lang]

    @property
    def other(self) -> Lang:
        """The language that is not this one."""
        return "en" if self.lang == "zh" else "zh"


def read_catalogue(sources: Mapping[str, str]) -> dict[str, Entry]:
    """Read the catalogue from the text of TOML files, by the name that begins their keys."""
    return {
        key: entry
        for name, text in sources.items()
        for key, entry in _entries(name, tomllib.loads(text))
    }


@cache
def catalogue() -> dict[str, Entry]:
    """Read the catalogue that comes with the package, once."""
    folder = files("api.texts")
    return read_catalogue(
        {
            path.name.removesuffix(".toml"): path.read_text(encoding="utf-8")
            for path in sorted(folder.iterdir(), key=lambda path: path.name)
            if path.name.endswith(".toml")
        }
    )


def texts_in(lang: Lang) -> Texts:
    """Give the catalogue in one language."""
    return Texts(lang, catalogue())


def placeholders(template: str) -> set[str]:
    """Name the values that a sentence asks for."""
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def choose_lang(wanted: str | None, accepted: str | None, default: Lang) -> Lang:
    """Choose by the explicit wish, else by an `Accept-Language` header, else the default.

    Examples
    --------
    >>> choose_lang("en", "zh-CN", "zh"), choose_lang(None, "de, en;q=0.8, zh;q=0.5", "zh")
    ('en', 'en')
    >>> choose_lang(None, "*", "zh")
    'zh'
    """
    for tag in (wanted or "", *_by_preference(accepted or "")):
        for lang in LANGS:
            if tag.strip().casefold().split("-")[0].split("_")[0] == lang:
                return lang
    return default


def _plain(value: Any) -> str:
    match value:
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.10g}"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _by_preference(accepted: str) -> list[str]:
    ranked = []
    for position, item in enumerate(accepted.split(",")):
        tag, _, quality = item.partition(";q=")
        ranked.append((-_number(quality), position, tag.strip()))
    return [tag for quality, _, tag in sorted(ranked) if quality < 0]


def _number(quality: str) -> float:
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0


def _entries(path: str, table: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    if set(table) == {"zh", "en"} and all(isinstance(text, str) for text in table.values()):
        yield path, Entry(zh=table["zh"], en=table["en"])
        return
    for key, value in table.items():
        if not isinstance(value, Mapping):
            message = f"{path}.{key}: an entry has exactly the texts `zh` and `en`"
            raise TypeError(message)
        yield from _entries(f"{path}.{key}", value)
