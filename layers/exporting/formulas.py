"""Texts that a spreadsheet would run as a formula, disarmed and armed again.

A cell that begins with one of these characters is a formula to a spreadsheet, and a formula can
read other files or call programs. An apostrophe before it makes it a text.
"""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
GUARD = "'"
_RISKY = (*FORMULA_STARTS, GUARD)


def guard(cell: object) -> object:
    """Put the guard before a risky text; leave everything else as it is.

    Examples
    --------
    >>> guard("=1+1"), guard("park"), guard(-1)
    ("'=1+1", 'park', -1)
    """
    risky = isinstance(cell, str) and cell.startswith(_RISKY)
    return f"{GUARD}{cell}" if risky else cell


def unguard(cell: object) -> object:
    """Take the guard off again.

    Examples
    --------
    >>> unguard("'=1+1"), unguard("'t Harde")
    ('=1+1', "'t Harde")
    """
    if isinstance(cell, str) and cell[:1] == GUARD and cell[1:2] in _RISKY:
        return cell[1:]
    return cell
