"""The inner loop of a scenario, compiled."""

import numpy as np
import numpy.typing as npt

from gis._compiled import compiled

__all__ = ["switch"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@compiled
def switch(
    reached: Ints, step: int, times: Ints, amount: Floats, units: Ints, sums: Floats
) -> Ints:
    """Let one more (step 1) or one fewer (step -1) target reach some places.

    `times` counts how many targets reach each place; `units` has a row for each level with the
    unit of each place in it, and `sums` one with what is covered in each unit. Both are changed.

    Returns
    -------
    places
        Those that became covered, or uncovered.
    """
    turned, count = np.empty(len(reached), np.int64), 0
    edge = 1 if step > 0 else 0
    for place in reached:
        times[place] += step
        if times[place] == edge:
            turned[count] = place
            count += 1
            for level in range(len(units)):
                sums[level, units[level, place]] += step * amount[place]
    return turned[:count]
