"""Passwords, and the random secrets of sessions and tokens."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from functools import cached_property

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from layers.accounts.errors import PasswordUnfitError

SHORTEST, LONGEST = 10, 200
TOKEN_MARK = "gg"  # noqa: S105 - how tokens begin, so that one that got about is recognised
_PREFIX_BYTES, _SECRET_BYTES = 5, 32


class Passwords:
    """Hash passwords and compare with hashes; the time it takes does not tell who is known."""

    def __init__(self, hashing: PasswordHash | None = None) -> None:
        """Hash by argon2id as its authors recommend, or as `hashing` does."""
        self._hashing = hashing or PasswordHash((Argon2Hasher(),))

    def hash(self, password: str, *, name: str) -> str:
        """Hash the password of an account.

        Raises
        ------
        PasswordUnfitError
        """
        normal = _normal(password)
        reason = None
        if len(normal) < SHORTEST:
            reason = "short"
        elif len(normal) > LONGEST:
            reason = "long"
        elif normal.casefold() == _normal(name).casefold():
            reason = "name"
        if reason is not None:
            raise PasswordUnfitError(reason=reason, shortest=SHORTEST, longest=LONGEST)
        return self._hashing.hash(normal)

    def matches(self, password: str, kept: str | None) -> bool:
        """Tell whether a password is the one that was hashed; None is nobody's."""
        normal = _normal(password[: LONGEST * 4])
        found = self._hashing.verify(normal, self._nobodys if kept is None else kept)
        return found and kept is not None

    @cached_property
    def _nobodys(self) -> str:
        """Make a hash that no password has, to be compared with where there is no account."""
        return self._hashing.hash(secrets.token_hex())


def new_secret() -> str:
    """Make the secret of a session."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def new_token() -> tuple[str, str]:
    """Make a token, and the beginning by which its owner tells it from others."""
    prefix = secrets.token_hex(_PREFIX_BYTES)
    return f"{TOKEN_MARK}_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}", prefix


def prefix_of(token: str) -> str | None:
    """Read the beginning of a token; None for what is none."""
    mark, _, rest = token.partition("_")
    prefix, _, secret = rest.partition("_")
    return prefix if mark == TOKEN_MARK and prefix and secret else None


def digest(secret: str) -> str:
    """Give what is kept of a secret that is long and random, so that no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Compare two digests in a time that tells nothing of where they differ."""
    return secrets.compare_digest(one.encode(), other.encode())


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text)
