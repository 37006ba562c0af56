"""What the detective found, in words and as plain values."""

from collections.abc import Iterator
from typing import Any

from api.texts import Texts
from layers.importing.detective import Detection, Hypothesis, Reading, Verdict
from layers.importing.notation import Notation
from layers.kinds import Kinds

__all__ = [
    "beside_words",
    "evidence",
    "is_settled",
    "plain_detection",
    "reading_words",
    "row_words",
    "verdict_words",
]

_TRUE_DEGREES = ("WGS84", "CGCS2000")


def reading_words(reading: Reading, texts: Texts) -> str:
    """Say a reading: the datum, and how the numbers are written where that is odd."""
    name = reading.datum
    if name in _TRUE_DEGREES:  # they differ by centimetres
        name = " / ".join(_TRUE_DEGREES)
    odd = texts.comma.join(_notation_words(reading.notation, texts))
    return f"{name}（{odd}）" if odd and texts.lang == "zh" else f"{name} ({odd})" if odd else name


def _notation_words(notation: Notation, texts: Texts) -> Iterator[str]:
    said = {
        "swapped": bool(notation.swapped),
        "mirrored": notation.mirrored,
        "divide_by": 0 if notation.divide_by == 1 else round(notation.divide_by),
        "packed": notation.packed,
        "zone_dropped": notation.zone_dropped,
        "ignore_label": notation.ignore_label,
    }
    for key, value in said.items():
        if value:
            yield texts(f"detect.notation.{key}", found=value)


def evidence(hypothesis: Hypothesis, kinds: Kinds, texts: Texts) -> str:
    """Say how many rows fit, by who knows."""
    parts = [
        f"{texts(f'detect.how.{how}', kind=texts.title(kinds[kind]))} {fitting}/{known}"
        for (how, kind), (fitting, known) in hypothesis.fits.items()
    ]
    return texts.comma.join(parts)


def beside_words(hypothesis: Hypothesis, texts: Texts) -> str:
    """Say how far the places of a reading lie beside those of the best one, and where."""
    way = hypothesis.beside
    if way is None:
        return ""
    return f"{way.distance_m:,.0f} m {texts(f'detect.direction.{way.direction}')}"


def verdict_words(found: Detection, texts: Texts) -> str:
    """Say what was found of the file as a whole."""
    best = found.hypotheses[0].reading if found.hypotheses else None
    left = [each.reading for each in found.hypotheses if not each.refuted]
    return texts(
        f"detect.verdict.{found.verdict}",
        reading="" if best is None else reading_words(best, texts),
        readings=[reading_words(each, texts) for each in left],
        middle=[round(each, 5) for each in found.middle or ()],
        area=[round(each, 3) for each in found.area_deg or ()],
    )


def row_words(rows: object, texts: Texts, most: int = 20) -> str:
    """Name rows, the first of many."""
    named = rows if isinstance(rows, list) else []
    return texts.comma.join(str(each) for each in named[:most]) + ("…" if len(named) > most else "")


def plain_detection(found: Detection, texts: Texts) -> dict[str, Any]:
    """Give what was found as JSON-able data."""
    shift, proposal = found.shift, found.proposal
    return {
        "file": found.file,
        "layer": found.layer,
        "verdict": found.verdict.value,
        "message": verdict_words(found, texts),
        "rows": found.rows,
        "compared": list(found.compared),
        "hypotheses": [_plain_hypothesis(each, texts) for each in found.hypotheses],
        "odd": [
            {
                "reading": reading_words(odd.reading, texts),
                "datum": odd.reading.datum,
                "count": odd.count,
                "rows": odd.rows.written(),
            }
            for odd in found.odd
        ],
        "shift": None if shift is None else {
            "distance_m": shift.distance_m,
            "east_m": shift.east_m,
            "north_m": shift.north_m,
            "direction": shift.direction,
            "rows": shift.rows,
            "compared": shift.compared,
        },
        "past": list(found.past),
        "proposal": None if proposal is None else {
            "datum": proposal.datum,
            "mapping": proposal.notation.to_toml(),
        },
    }  # fmt: skip


def _plain_hypothesis(hypothesis: Hypothesis, texts: Texts) -> dict[str, Any]:
    return {
        "reading": reading_words(hypothesis.reading, texts),
        "datum": hypothesis.reading.datum,
        "alike": list(hypothesis.reading.alike),
        "mapping": hypothesis.reading.notation.to_toml(),
        "inside": hypothesis.inside,
        "refuted": hypothesis.refuted,
        "beside": None if hypothesis.beside is None else {
            "distance_m": hypothesis.beside.distance_m,
            "direction": hypothesis.beside.direction,
        },
        "fits": [
            {"how": how, "kind": kind, "rows": fitting, "of": known}
            for (how, kind), (fitting, known) in hypothesis.fits.items()
        ],
    }  # fmt: skip


def is_settled(found: Detection) -> bool:
    """Tell whether a plain `--datum` is all that there is to say."""
    return found.verdict in {Verdict.CLEAR, Verdict.ONLY} and found.is_plain
