"""How large a grid usually is: a guide for whoever divides a town, never a rule."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Band:
    """Declare how many households and people a grid of one type usually has.

    `source` is a code that has words, or words. `verified` is False where the numbers were not
    read in their source.
    """

    grid_type: str
    least_households: int
    most_households: int
    most_people: int
    source: str
    verified: bool = False

    def with_households(self, least: int, most: int) -> Band:
        """Give the band that a city has set itself."""
        return Band(
            grid_type=self.grid_type,
            least_households=least,
            most_households=most,
            most_people=self.most_people,
            source="--households",
            verified=True,
        )


GRID_BAND = Band(
    grid_type="comprehensive",
    least_households=300,
    most_households=500,
    most_people=2500,
    source="grid_band_paraphrased",
)
"""Of a comprehensive grid in town; dedicated ones have no households to speak of."""
