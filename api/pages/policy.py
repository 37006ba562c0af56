"""Which scripts a browser runs: those of a page that we made, known by a word used once.

A page is kept with a mark where that word goes, and each answer has another word. Who could write
something into a page does not know it, so that what they wrote does not run.
"""

import hashlib
import secrets
from typing import NamedTuple

from api.maps.assets import nonce_mark
from api.maps.base import Rendered

POLICY = "Content-Security-Policy"


class Dressed(NamedTuple):
    """A page as it is sent, and the policy that goes with it."""

    html: str
    policy: str


def dressed(made: Rendered) -> Dressed:
    """Give a page a word of its own; one that is a file names its scripts by hash instead.

    A page without scripts has none, and no word.
    """
    if made.script_sources or nonce_mark() not in made.html:
        return Dressed(made.html, content_security_policy(*made.script_sources))
    nonce = secrets.token_urlsafe(16)
    return Dressed(
        made.html.replace(nonce_mark(), nonce), content_security_policy(f"'nonce-{nonce}'")
    )


def digest_of(made: Rendered) -> str:
    """Name what a page says: the same in every process, whatever the mark."""
    return hashlib.sha256(made.html.replace(nonce_mark(), "").encode()).hexdigest()


def content_security_policy(*scripts: str) -> str:
    """Allow the scripts of these sources, what else comes from this server, and nothing more."""
    sources = " ".join(scripts) or "'none'"
    return (
        f"default-src 'none'; script-src {sources}; style-src 'self'; "
        "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'self'"
    )
