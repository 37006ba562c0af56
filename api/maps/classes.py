"""Classes of shares and the colours of the maps.

Blue is covered and vermilion is not (Okabe and Ito's colours, told apart by people with any colour
vision); units go from light to dark blue, so that the order survives a black-and-white printer,
and stay light enough for the places on them to be seen. Red is never good here, and green only
ever means vegetation.
"""

from dataclasses import dataclass

COVERED = "#0072B2"
UNCOVERED = "#D55E00"
PARTLY = "#E69F00"
NOT_COUNTED = "#8C8C8C"
GREEN = "#009E73"
OUTLINE = "#ffffff"
UNIT_LINE = "#7d8c99"
NO_DATA = "#e4e4e0"

_BLUES = ("#f4f6f8", "#e2ecf3", "#cbdeec", "#aecbe2", "#8ab6d6")


@dataclass(frozen=True)
class ShareClass:
    """Shares from `lower` (included) to `upper` (excluded; 1 is in the last class)."""

    lower: float
    upper: float
    colour: str

    def holds(self, share: float) -> bool:
        """Tell whether `share` lies in this class."""
        return self.lower <= share < self.upper or (share >= self.upper and self.upper == 1)


# The steps are those at which the published rules differ: 80 and 90 per cent.
SHARE_CLASSES = tuple(
    ShareClass(lower, upper, colour)
    for lower, upper, colour in zip(
        (0.0, 0.5, 0.7, 0.8, 0.9), (0.5, 0.7, 0.8, 0.9, 1.0), _BLUES, strict=True
    )
)


def share_class(share: float | None) -> int | None:
    """Find the number of the class in which `share` lies; None for no share.

    Examples
    --------
    >>> [share_class(share) for share in (0, 0.5, 0.8999, 0.9, 1, None, float("nan"))]
    [0, 1, 3, 4, 4, None, None]
    """
    if share is None:
        return None
    return next((n for n, step in enumerate(SHARE_CLASSES) if step.holds(share)), None)
