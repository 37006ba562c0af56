"""`greengrid doctor`: is the store sound, and what can be put right."""

import importlib.metadata
import platform
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.console import Console, Exit
from api.cli.options import JsonOption, StoreOption, console_of, store_name
from api.texts import Texts
from layers.store.ailments import Ailment
from layers.store.doctor import Diagnosis, examine
from layers.store.doctor import repair as repair_store

_BYTES = ("size", "log", "free", "bytes")
_MEGABYTE = 2**20


def doctor(
    context: typer.Context,
    store: StoreOption = None,
    deep: Annotated[bool, typer.Option("--deep")] = False,
    repair: Annotated[bool, typer.Option("--repair")] = False,
    json: JsonOption = False,
) -> int:
    """Examine a store; repair it on demand."""
    console = console_of(context)
    name = store_name(store)
    repaired: tuple[str, ...] = ()
    if repair:
        with console.working("cli.doctor.repairing"):
            repaired = repair_store(name, deep=deep)
    with console.working("cli.doctor.working"):
        diagnosis = examine(name, deep=deep)
    if json:
        console.json(_plain(diagnosis, repaired, console.texts))
    else:
        _print(diagnosis, repaired, console)
    return Exit.OK if diagnosis.is_well else Exit.FINDINGS


def _versions() -> dict[str, str]:
    """Name the programs below us."""
    return {
        "greengrid": importlib.metadata.version("greengrid"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} ({sys.platform})",
    }


def _plain(diagnosis: Diagnosis, repaired: tuple[str, ...], texts: Texts) -> dict[str, Any]:
    return {
        "store": diagnosis.place,
        "is_well": diagnosis.is_well,
        "about": {**_versions(), **diagnosis.about},
        "repaired": list(repaired),
        "findings": [
            {
                **ailment.to_dict(),
                "message": _message(ailment, texts),
                "remedy": _remedy(ailment, texts),
            }
            for ailment in diagnosis.ailments
        ],
    }


def _print(diagnosis: Diagnosis, repaired: tuple[str, ...], console: Console) -> None:
    texts = console.texts
    about = _shown({**_versions(), **diagnosis.about}, texts)
    rows = [(texts(f"doctor.about.{name}"), value) for name, value in about.items()]
    console.table([texts("cli.doctor.what"), diagnosis.place], rows)
    for code in repaired:
        console.say("cli.doctor.repaired", code=code)
    for ailment in diagnosis.ailments:
        grade = texts(f"doctor.severity.{ailment.severity}")
        console.line(f"{grade} {ailment.code}: {_message(ailment, texts)}")
        console.line(f"    {_remedy(ailment, texts)}")
    if diagnosis.is_well:
        console.say("cli.doctor.well")
        return
    console.say("cli.doctor.findings", count=len(diagnosis.ailments))
    if any(ailment.is_repairable for ailment in diagnosis.ailments):
        console.say("cli.doctor.can_repair")


def _message(ailment: Ailment, texts: Texts) -> str:
    return texts(f"doctor.finding.{ailment.code}", **_shown(ailment.shown(), texts))


def _remedy(ailment: Ailment, texts: Texts) -> str:
    return texts(f"doctor.remedy.{ailment.code}")


def _shown(values: Mapping[str, object], texts: Texts) -> dict[str, str]:
    """Write values as people read them, sizes in megabytes."""
    return {
        name: f"{value / _MEGABYTE:,.1f} MB"
        if name in _BYTES and isinstance(value, int)
        else texts.value(value)
        for name, value in values.items()
    }
