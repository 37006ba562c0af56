"""Write docs/reference anew from what the program declares, so that it cannot be out of date.

`make docs` writes the pages; a test compares them with what would be written.
"""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from api.cli.main import build
from api.settings import Settings, variable_name
from api.texts import LANGS, texts_in
from api.texts.catalogue import catalogue
from gis import RuleSet, Tier, presets
from gis.covering.requirements import requirements
from layers.importing import PROBLEMS
from layers.importing.checks import CHECKS
from layers.kinds import KINDS, THEMES, CodeList, Field, Kind

REFERENCE = Path(__file__).parent / "reference"

NOTICE = "<!-- Written by `make docs`; edit what it is made from instead. -->"

KINDS_INTRO = """
# 图层种类 · Layer kinds

Every layer the register keeps, each declared once in `layers/kinds`. Import recognises a column by
its key, either title or any alias; case, blanks and punctuation do not matter. A star marks what
every row must have. Codes are listed on [their own page](codes.md).
"""

CODES_INTRO = """
# 编码表 · Code lists

A list that was not read in its source is *not verified*: it is an offer, never a rule. An *open*
list accepts values it does not know.
"""

RULES_INTRO = """
# 覆盖规则 · Rule sets

`greengrid coverage --rules NAME` takes one of these, or a rule file. `{first}` is the one to begin
with; the others answer why figures for one city differ.
"""

REQUIRED = """
## Required values

What `greengrid indicators` holds its values against. *Verified* means that the number was found in
a published text that states it; by the others nothing is judged.
"""

RULE_FILE = """
## Rule file

A TOML file with one `[[tier]]` table for each tier. Its keys are {keys}; any other is an error.

```toml
{example}
```
"""

COMMANDS_INTRO = """
# 命令 · Commands

Tables for people, `--json` for machines; progress goes to stderr. Exit status: 0 all is well, 1
there are findings (rejected rows do not stop the others), 2 the command was misused, 3 the data
cannot be read, or `--strict` found something: nothing was written.
"""

SETTINGS_INTRO = """
# 设置 · Settings

Environment variables. An option of the command line wins over them, and a misspelt `GREENGRID_…`
variable is refused at start.
"""

MESSAGES_INTRO = """
# 错误提示 · Messages

Errors carry a code and named values; these are the sentences made of them.
"""

CHECKS_INTRO = """
# 检查 · Checks

What `greengrid import` says about rows and `greengrid check` about features. An *error* costs the
row; a *warning* its value, which is left out, or something to be put right in the register; a
*notice* changes nothing: somebody should look. A value that cannot be read is only a warning where
its field is optional.
"""


def pages() -> dict[str, str]:
    """Render every page, by file name."""
    writers: dict[str, Callable[[], str]] = {
        "kinds.md": kinds_page,
        "codes.md": codes_page,
        "rules.md": rules_page,
        "commands.md": commands_page,
        "settings.md": settings_page,
        "messages.md": messages_page,
        "checks.md": checks_page,
    }
    return {name: f"{NOTICE}\n\n{write().strip()}\n" for name, write in writers.items()}


def kinds_page() -> str:
    """Render every layer kind with its fields."""
    parts = [KINDS_INTRO]
    for theme in THEMES.values():
        parts.append(f"## {theme.title_zh} · {theme.title_en}\n")
        parts += [_kind(kind) for kind in KINDS.values() if kind.group == theme.key]
    return "\n".join(parts)


def _kind(kind: Kind) -> str:
    families = ", ".join(family.value for family in kind.geometry) or "none"
    optional = "" if kind.geometry_required or not kind.geometry else " (may be missing)"
    if kind.placed_by:
        words = ", ".join(f"`{key}`" for key in kind.placed_by)
        optional = f" (may be missing where one of {words} says where it is)"
    head = (
        f"### `{kind.key}` {kind.title_zh} · {kind.title_en}\n\nGeometry: {families}{optional}.\n"
    )
    if kind.near_m > 0:
        head += f"\nTwo points within {kind.near_m:g} m are probably one and the same.\n"
    rows = [_field(field) for field in kind.fields]
    return f"{head}\n{table(('key', '中文', 'English', 'type', 'aliases'), rows)}\n"


def _field(field: Field) -> tuple[str, ...]:
    star = r"\*" if field.required else ""
    aliases = ", ".join(field.aliases)
    return f"`{field.key}`{star}", field.title_zh, field.title_en, _type(field), aliases


def _type(field: Field) -> str:
    words = [field.type.value]
    if field.unit:
        words.append(field.unit)
    if field.minimum is not None or field.maximum is not None:
        words.append(f"{_cell(field.minimum)} … {_cell(field.maximum)}".strip())
    words += [f"[{codes.key}](codes.md#{codes.key})" for codes in _code_lists(field)]
    if field.refers_to:
        words.append(f"→ `{field.refers_to}`")
    return ", ".join(words)


def _code_lists(field: Field) -> list[CodeList]:
    return [*([field.codes] if field.codes else []), *field.code_systems]


def codes_page() -> str:
    """Render every code list once."""
    lists = {
        codes.key: codes
        for kind in KINDS.values()
        for field in kind.fields
        for codes in _code_lists(field)
    }
    return "\n".join([CODES_INTRO, *(_codes(lists[key]) for key in sorted(lists))])


def _codes(codes: CodeList) -> str:
    verified = "verified" if codes.verified else "not verified"
    extent = "open" if codes.extensible else "closed"
    source = f" Source: {codes.source}." if codes.source else ""
    rows = [
        (f"`{choice.value}`", choice.title_zh, choice.title_en, ", ".join(choice.aliases))
        for choice in codes.choices
    ]
    head = (
        f"## {codes.key}\n\n{codes.title_zh} · {codes.title_en} ({verified}, {extent}).{source}\n"
    )
    return f"{head}\n{table(('value', '中文', 'English', 'aliases'), rows)}\n"


def rules_page() -> str:
    """Render the rule sets that come with the package, and the keys of a rule file."""
    first = next(iter(presets))
    keys = ", ".join(f"`{field.name}`" for field in fields(Tier))
    parts = [
        RULES_INTRO.format(first=first),
        *(_ruleset(rules) for rules in presets.values()),
        _required(),
        RULE_FILE.format(keys=keys, example=presets[first].to_toml().strip()),
    ]
    return "\n".join(parts)


def _required() -> str:
    """Render what is asked of indicators, once each."""
    columns = ("indicator", "asked", "出处", "source", "verified", "注意", "note")
    rows = [
        (
            f"`{one.indicator}`",
            f"{'>' if one.strict else '≥'} {_cell(one.least)}",
            one.source_zh,
            one.source_en,
            _cell(one.verified),
            one.note_zh,
            one.note_en,
        )
        for one in requirements().values()
    ]
    return f"{REQUIRED}\n{table(columns, rows)}\n"


def _ruleset(rules: RuleSet) -> str:
    columns = tuple(field.name for field in fields(Tier))
    rows = [tuple(_cell(getattr(tier, column)) for column in columns) for tier in rules.tiers]
    verified = "verified" if rules.verified else "not verified"
    paragraphs = (
        f"## {rules.key}",
        f"**{rules.title_zh}** · **{rules.title_en}**",
        f"Source: {rules.source or 'none'} ({verified}).",
        rules.note_zh,
        rules.note_en,
        table(columns, rows),
    )
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ", ".join(map(str, value))
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)


def commands_page() -> str:
    """Render every command with its arguments and options, in both languages."""
    chinese, english = (build(texts_in(lang)).commands for lang in LANGS)
    parts = [part for name in chinese for part in _commands(name, chinese[name], english[name])]
    return "\n".join([COMMANDS_INTRO, *parts])


def _commands(name: str, chinese: Any, english: Any) -> Iterable[str]:
    """Render a command, or each of several under one name."""
    yield _command(name, chinese, english)
    for inner in getattr(chinese, "commands", {}):
        yield _command(f"{name} {inner}", chinese.commands[inner], english.commands[inner])


def _command(name: str, chinese: Any, english: Any) -> str:
    pairs = zip(chinese.params, english.params, strict=True)
    rows = [_parameter(*pair) for pair in pairs if not pair[0].hidden]
    columns = ("argument or option", "中文", "English", "default")
    parts = (f"## greengrid {name}", chinese.help, english.help, table(columns, rows))
    return "\n\n".join(parts) + "\n"


def _parameter(chinese: Any, english: Any) -> tuple[str, ...]:
    is_argument = chinese.param_type_name == "argument"
    names = [chinese.metavar or chinese.name.upper()] if is_argument else chinese.opts
    value = f" {chinese.metavar}" if chinese.metavar and not is_argument else ""
    shown = ", ".join(f"`{name}{value}`" for name in names) + (" …" if chinese.multiple else "")
    star = r"\*" if chinese.required else ""
    default = "" if chinese.default in (None, False) else f"`{_cell(chinese.default)}`"
    return f"{shown}{star}", chinese.help, english.help, default


def settings_page() -> str:
    """Render every setting with its default."""
    rows = [
        (
            f"`{variable_name(name)}`",
            _annotation(field.annotation),
            "" if field.default is None else f"`{field.default!r}`",
        )
        for name, field in Settings.model_fields.items()
    ]
    meaning = inspect.cleandoc(Settings.__doc__ or "")
    return "\n".join([SETTINGS_INTRO, meaning, "", table(("variable", "type", "default"), rows)])


def _annotation(annotation: object) -> str:
    name = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return name.removeprefix("typing.")


def messages_page() -> str:
    """Render what every error says, by its code."""
    rows = [
        (f"`{key.removeprefix('errors.')}`", entry.zh, entry.en)
        for key, entry in sorted(catalogue().items())
        if key.startswith("errors.")
    ]
    return f"{MESSAGES_INTRO}\n{table(('code', '中文', 'English'), rows)}\n"


def checks_page() -> str:
    """Render every problem that a row may have, and on which layers it is looked for."""
    said = catalogue()
    applied: dict[str, set[str]] = {}
    for check in CHECKS:
        layers = {key for key, kind in KINDS.items() if check.applies(kind)}
        for code in check.finds:
            applied[code] = applied.get(code, set()) | layers
    rows = [
        (
            f"`{code}`",
            problem.severity.value,
            *(getattr(said[f"import.problem.{code}"], lang) for lang in LANGS),
            *(getattr(said[f"import.remedy.{code}"], lang) for lang in LANGS),
            _layers(applied.get(code)),
        )
        for code, problem in PROBLEMS.items()
    ]
    columns = ("code", "severity", "中文", "English", "怎么办", "remedy", "layers")
    return f"{CHECKS_INTRO}\n{table(columns, rows)}\n"


def _layers(keys: set[str] | None) -> str:
    """Name the layers that a check looks at; all where it is not said."""
    if keys is None:
        return ""
    spatial = {key for key, kind in KINDS.items() if kind.is_spatial}
    left = spatial - keys
    if keys <= spatial and len(left) < len(keys):
        return "all with places" + (f" but {', '.join(sorted(left))}" if left else "")
    return ", ".join(sorted(keys))


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Render a Markdown table."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_plain, line))} |" for line in lines)


def _plain(cell: str) -> str:
    return " ".join(cell.split()).replace("|", r"\|")


def main() -> None:
    """Write the pages, and remove those that are no longer written."""
    REFERENCE.mkdir(exist_ok=True)
    written = pages()
    for path in REFERENCE.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (REFERENCE / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
