"""Where the demo town's chance comes from: one reproducible stream per part, one uid per code.

Each part draws from a stream of its own, so that a change in the manhole covers leaves the
buildings as they were.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5
from zlib import crc32

from numpy.random import PCG64, Generator, SeedSequence

_NAMESPACE = UUID("5d0f3c52-6f0e-5b7c-9a51-7c1f4d2e8b60")


def stream(seed: int, part: str) -> Generator:
    """Open the stream of chance of one part of the town."""
    return Generator(PCG64(SeedSequence([seed, crc32(part.encode())])))


def pick(chance: Generator, weights: Mapping[str, float]) -> str:
    """Pick one key by its weight."""
    keys = sorted(weights)
    total = sum(weights.values())
    return keys[int(chance.choice(len(keys), p=[weights[key] / total for key in keys]))]


def one_of(chance: Generator, options: Sequence[str]) -> str:
    """Pick one of `options`, each as likely as the next."""
    return options[int(chance.integers(len(options)))]


def feature_uid(kind: str, code: str) -> str:
    """Derive the uid of a feature from its kind and code: the same in every demo store."""
    return str(uuid5(_NAMESPACE, f"{kind}/{code}"))
