"""The table of values of one tile, out of that of a layer."""

import numpy as np
from numpy.typing import NDArray

from gis._compiled import compiled

__all__ = ["tile_values", "write_values"]

Ints = NDArray[np.int64]
Codes = NDArray[np.int32]

_VALUE = 0x22


@compiled
def tile_values(
    codes: Codes, rows: Ints, columns: Ints, slots: Codes, tags: Codes, used: Codes
) -> int:
    """Give numbers to the values of some rows and columns as they come; say how many.

    Values below the length of `slots` are shared by several features and written once; those
    beyond it belong to one each. `used` is filled with the values that the numbers stand for.
    """
    count = 0
    for n in range(len(rows)):
        for m in range(len(columns)):
            code = codes[rows[n], columns[m]]
            if code < 0:
                tags[n, m] = -1
                continue
            if code < len(slots):
                if slots[code] == 0:
                    used[count] = code
                    count += 1
                    slots[code] = count
                tags[n, m] = slots[code] - 1
            else:
                used[count] = code
                tags[n, m] = count
                count += 1
    return count


@compiled
def write_values(
    texts: NDArray[np.uint8], starts: Ints, used: Codes, out: NDArray[np.uint8]
) -> int:
    """Write the messages of values into the table of a tile; give the bytes written."""
    at = 0
    for code in used:
        begin, end = starts[code], starts[code + 1]
        out[at] = _VALUE
        at += 1
        size = end - begin
        while size > 127:
            out[at] = np.uint8((size & 127) | 128)
            size >>= 7
            at += 1
        out[at] = np.uint8(size)
        at += 1
        for byte in range(begin, end):
            out[at] = texts[byte]
            at += 1
    return at
