"""Mapping files: where those of earlier imports lie, and how one is written for people."""

from pathlib import Path

from api.settings import load_settings
from api.texts import Texts
from layers.importing import (
    Mapping,
    MappingMemory,
    Plan,
    headings_unasked,
    lasting_part,
    mapping_text,
    used_mapping,
)

_PARTS = ("datum", "key", "where", "source", "columns", "values", "set")
_BESIDE = ".mappings"


def memory_beside(store_name: str) -> MappingMemory | None:
    """Give the folder of earlier mappings: the one that is set, else the one beside a store file.

    Raises
    ------
    SettingError
    """
    said = load_settings(store=store_name).mappings
    if said is not None:
        return MappingMemory(said)
    return None if "://" in store_name else MappingMemory(Path(store_name).with_suffix(_BESIDE))


def write_mapping(plan: Plan, path: Path, texts: Texts) -> None:
    """Write down in full how a file was read."""
    path.write_text(_text(used_mapping(plan), plan, texts), encoding="utf-8")


def remember(memory: MappingMemory, plan: Plan, path: Path, texts: Texts) -> Path | None:
    """Keep what was said of a file for the next one with the same headings; else keep nothing.

    Raises
    ------
    OSError
    """
    kind = plan.prepared.kind
    if lasting_part(plan.prepared.mapping, kind) == Mapping():
        return None
    lasting = lasting_part(used_mapping(plan), kind)
    text = _text(lasting, plan, texts)
    return memory.keep(kind.key, headings_unasked(plan, path), text)


def _text(mapping: Mapping, plan: Plan, texts: Texts) -> str:
    said = {name: texts(f"import.mapping_file.{name}") for name in _PARTS}
    file, kind = plan.prepared.source.name, plan.prepared.kind
    intro = texts("import.mapping_file.file", file=_one_line(file), kind=texts.title(kind))
    return mapping_text(mapping, {"file": intro, **said})


def _one_line(name: str) -> str:
    """Keep a file's name from ending the comment that it stands in."""
    return "".join(one if one.isprintable() else "_" for one in name)
