"""Reading declarations: from a file that somebody wrote, and as a store keeps them."""

from __future__ import annotations

from pathlib import Path

from layers.kinds import KINDS
from layers.kinds.own.checks import check
from layers.kinds.own.declaration import Declaration, parse_declaration
from layers.kinds.own.errors import KindFileError, KindProblemError, KindSizeError, KindSyntaxError
from layers.kinds.own.limits import MAX_FILE_BYTES
from layers.kinds.registry import Kinds


def read_kind_file(path: Path, *, known: Kinds = KINDS) -> Declaration:
    """Read the declaration of a kind from a file; `known` are the kinds that there are.

    Raises
    ------
    KindFileError
        With every problem of the file.
    OSError
    """
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _refused(path.name, KindSizeError, len(content), MAX_FILE_BYTES)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path.name, KindSyntaxError, "UTF-8", "UTF-8") from None
    return read_declaration(text, name=path.name, known=known)


def read_declaration(text: str, *, name: str, known: Kinds = KINDS) -> Declaration:
    r"""Understand the text of a declaration.

    Raises
    ------
    KindFileError

    Examples
    --------
    >>> bench = 'key = "bench"\ntitle_zh = "长椅"\ntitle_en = "Bench"\ngroup = "green"'
    >>> read_declaration(bench, name="bench.toml").kind.key
    'bench'
    """
    declaration, findings = parse_declaration(text, name=name, known=known)
    check(declaration, known, findings)
    if findings.problems:
        problems = findings.problems
        raise KindFileError(file=name, count=len(problems), problems=problems)
    return declaration


def _refused(
    name: str, kind_of: type[KindProblemError], found: object, allowed: object
) -> KindFileError:
    problem = kind_of(at=name, found=found, allowed=allowed)
    return KindFileError(file=name, count=1, problems=(problem,))
