"""`greengrid detect`: how the coordinates of a file are meant, compared with the store."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli.console import Console, Exit
from api.cli.options import JsonOption, StoreOption, console_of, store_of
from api.detecting import (
    beside_words,
    evidence,
    is_settled,
    plain_detection,
    reading_words,
    row_words,
    verdict_words,
)
from layers import Store
from layers.importing import Mapping, read_mapping
from layers.importing.detective import Detection, detect_file

_SHOWN = 8


def detect(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    store: StoreOption = None,
    kind: Annotated[str | None, typer.Option("--kind", metavar="KIND")] = None,
    layer: Annotated[str | None, typer.Option("--layer", metavar="LAYER")] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="COL[,COL]")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", metavar="FILE.toml")] = None,
    json: JsonOption = False,
) -> int:
    """Say which datum and notation fit, and what to type to import the file so."""
    console, opened = console_of(context), store_of(store)
    said = read_mapping(mapping) if mapping else Mapping()
    said = said.extended(
        columns={},
        fixed={},
        key=[name.strip() for name in key.split(",")] if key else (),
        layer=layer,
    )
    with console.working("cli.detect.working", file=file.name):
        found = detect_file(opened, file, kind=kind, mapping=said)
    if json:
        console.json(plain_detection(found, console.texts))
    else:
        _print(found, opened, console)
    return Exit.OK if is_settled(found) else Exit.FINDINGS


def _print(found: Detection, store: Store, console: Console) -> None:
    texts = console.texts
    name = found.file if found.layer is None else f"{found.file} ({found.layer})"
    console.say("detect.file", file=name, rows=found.rows)
    if found.compared:
        titles = [texts.title(store.kinds[kind]) for kind in found.compared]
        console.say("detect.compared", layers=titles)
    _print_hypotheses(found, store, console)
    console.line(verdict_words(found, texts))
    for odd in found.odd:
        rows = row_words(odd.rows.written(), texts)
        reading = reading_words(odd.reading, texts)
        console.say("detect.odd", count=odd.count, reading=reading, rows=rows)
    _print_shift(found, console)
    _print_proposal(found, console)


def _print_hypotheses(found: Detection, store: Store, console: Console) -> None:
    texts = console.texts
    rows = []
    for hypothesis in found.hypotheses[:_SHOWN]:
        possible = "best" if hypothesis.reading is found.best else "possible"
        rows.append(
            (
                reading_words(hypothesis.reading, texts),
                f"{hypothesis.inside:.0%}",
                evidence(hypothesis, store.kinds, texts),
                beside_words(hypothesis, texts),
                texts("detect.refuted" if hypothesis.refuted else f"detect.{possible}"),
            )
        )
    if rows:
        names = ("hypothesis", "inside", "evidence", "beside", "judgement")
        console.table([texts(f"detect.{name}") for name in names], rows, right=(1,))


def _print_shift(found: Detection, console: Console) -> None:
    shift = found.shift
    if shift is None:
        return
    console.say(
        "detect.shift",
        distance_m=round(shift.distance_m),
        direction=console.texts(f"detect.direction.{shift.direction}"),
        east_m=round(shift.east_m),
        north_m=round(shift.north_m),
        rows=shift.rows,
        compared=shift.compared,
    )
    if found.past:
        console.say("detect.past", systems=found.past)


def _print_proposal(found: Detection, console: Console) -> None:
    proposal = found.proposal
    if proposal is None:
        return
    if proposal.alike:
        console.say("detect.alike", systems=proposal.alike)
    console.say("detect.type", options=f"--datum {proposal.datum}")
    if lines := proposal.notation.to_toml():
        console.say("detect.write")
        console.line(lines)
