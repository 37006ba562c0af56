"""The labels of rows: their order, and how to take some of them."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas import Index

__all__ = ["label_rank", "take_labels"]


def label_rank(labels: Index) -> npt.NDArray[np.intp]:
    """Rank labels by size, or by their text where they cannot be compared."""
    try:
        order = labels.argsort()
    except TypeError:
        order = np.argsort([str(label) for label in labels], kind="stable")
    rank = np.empty(len(labels), dtype=np.intp)
    rank[order] = np.arange(len(labels))
    return rank


def take_labels(labels: Index, position: npt.NDArray[np.intp]) -> Any:
    """Take the labels at `position`, a missing one for -1, without turning integers to floats."""
    flat: Any = labels if labels.nlevels == 1 else labels.to_flat_index()
    return pd.array(flat).take(position, allow_fill=True)
