"""Workers that test side by side compile each loop once: the others wait for it, and load it.

Without this, all of them meet the same loops at about the same time in a fresh checkout, and each
would compile them.
"""

import fcntl
import time
from pathlib import Path
from typing import IO, Any

from numba.core.caching import FunctionCache

__all__ = ["share_compiling"]

# Longer than any loop takes to compile on a busy machine; then one compiles for oneself.
_PATIENCE_S = 60.0


def share_compiling() -> None:
    """Let whoever finds a loop missing from the cache claim it until it is kept there.

    A loop is compiled within those that call it, never the other way round: so nobody waits for
    anybody who waits for him. A claim ends with its process.
    """
    kept: Any = FunctionCache
    load, save = kept.load_overload, kept.save_overload
    claims: dict[int, IO[bytes]] = {}

    def load_or_claim(cache: Any, signature: Any, context: Any) -> Any:
        found = load(cache, signature, context)
        if found is not None or id(cache) in claims:
            return found
        claim = _claim(cache)
        found = load(cache, signature, context)
        if found is None:
            claims[id(cache)] = claim
        else:
            claim.close()
        return found

    def save_and_release(cache: Any, signature: Any, compiled: Any) -> None:
        try:
            save(cache, signature, compiled)
        finally:
            if claim := claims.pop(id(cache), None):
                claim.close()

    kept.load_overload, kept.save_overload = load_or_claim, save_and_release


def _claim(cache: Any) -> IO[bytes]:
    """Wait until nobody else compiles this loop; closing the file ends the claim."""
    folder = Path(cache.cache_path)
    folder.mkdir(parents=True, exist_ok=True)
    claim = (folder / f"{cache._impl.filename_base}.claim").open("wb")
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.02)
        else:
            break
    return claim
