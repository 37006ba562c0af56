"""How often somebody may try: passwords are guessed by trying many."""

import math
import time

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import TooManyAttemptsError

BY_ADDRESS = RateLimitItemPerMinute(20)
BY_NAME = RateLimitItemPerMinute(5), RateLimitItemPerHour(40)

_LONGEST = 100


class Attempts:
    """Count attempts by address and by name, in the memory of this process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def count(self, address: str, name: str) -> None:
        """Count one more attempt.

        Raises
        ------
        TooManyAttemptsError
        """
        self._hit(BY_ADDRESS, ("address", address))
        for limit in BY_NAME:
            self._hit(limit, ("name", _key(name)))

    def forget(self, name: str) -> None:
        """Forget the attempts of somebody who has come in by now."""
        for limit in BY_NAME:
            self._limiter.clear(limit, "name", _key(name))

    def _hit(self, limit: RateLimitItem, of: tuple[str, str]) -> None:
        if not self._limiter.hit(limit, *of):
            wait = self._limiter.get_window_stats(limit, *of).reset_time - time.time()
            raise TooManyAttemptsError(wait_s=max(1, math.ceil(wait)))


def _key(name: str) -> str:
    return name.strip().casefold()[:_LONGEST]
