"""Units of measure that forms ask for: what a figure of the store is multiplied by."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# By unit, how many of it make one of what the store keeps: m², or things counted.
SCALES: dict[str, float] = {
    "㎡": 1.0,
    "平方米": 1.0,
    "亩": 3 / 2000,
    "公顷": 1e-4,
    "万平方米": 1e-4,
    "平方公里": 1e-6,
    "%": 100.0,
    "万户": 1e-4,
    "万人": 1e-4,
    **dict.fromkeys(("个", "块", "处", "座", "户", "人", "株", "栋", "套", "次", "面", "条"), 1.0),
}
AREA_UNITS = ("㎡", "平方米", "亩", "公顷", "万平方米", "平方公里")
# Spellings that Unicode or habit has for the same unit.
SPELLINGS = {"m2": "㎡", "m²": "㎡", "平米": "㎡", "hm2": "公顷", "ha": "公顷", "万m2": "万平方米",
             "万㎡": "万平方米", "km2": "平方公里", "只": "个", "宗": "块"}  # fmt: skip


def rounded(value: float, decimals: int | None) -> float | int:
    """Round as a spreadsheet shows it: halves away from zero; without decimals leave it.

    Examples
    --------
    >>> rounded(2.5, 0), rounded(1.005, 2), rounded(7.0, None)
    (3, 1.01, 7)
    """
    if decimals is None:
        whole = float(value).is_integer() and abs(value) < 2**53
        return int(value) if whole else float(value)
    step = Decimal(1).scaleb(-decimals)
    found = Decimal(repr(float(value))).quantize(step, rounding=ROUND_HALF_UP)
    return int(found) if decimals == 0 else float(found)
