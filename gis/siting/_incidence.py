"""Which site reaches which demand, as arrays."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Incidence"]

Ints = NDArray[np.int64]


class Incidence(NamedTuple):
    """Which of n sites reaches which of m demands, from both sides.

    Site i reaches `demands[site_starts[i] : site_starts[i + 1]]`; demand j is reached by
    `sites[demand_starts[j] : demand_starts[j + 1]]` and counts `weights[j]`.
    """

    site_starts: Ints
    demands: Ints
    demand_starts: Ints
    sites: Ints
    weights: Ints
