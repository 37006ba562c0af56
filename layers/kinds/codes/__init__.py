"""The code lists of the layer kinds, one module for each subject.

A list is `verified` where its values were found in a published source, named in `source`; lists
that are a working proposal of this project say so. A value of an unverified list is an offer.
"""

from __future__ import annotations

from layers.kinds.model import Choice, CodeList

PROPOSAL = "working list of this project; no published list was found"
COMMON_WORDS = "working list of this project, with the words of OpenStreetMap as aliases"


def systems(
    key: str, zh: str, en: str, *lists: CodeList, more: tuple[Choice, ...] = ()
) -> CodeList:
    """Declare the list of code systems whose members are the code lists `lists`, and `more`."""
    named = tuple(
        Choice(
            value=member.key,
            title_zh=member.title_zh,
            title_en=member.title_en,
            verified=member.verified,
        )
        for member in lists
    )
    return CodeList(
        key=key,
        title_zh=zh,
        title_en=en,
        choices=(*named, *more),
        source="the code lists that this project knows; a city may add its own",
        extensible=True,
    )
