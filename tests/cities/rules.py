"""Rule files for every radius, smallest area, way of joining and access that is compared."""

from collections.abc import Iterable
from itertools import product

from tests.cities.brute import AREAS_M2, RADII_M, Case


def tier_name(case: Case, radius_m: int) -> str:
    joined, only_open, least = case
    return f"{'j' if joined else 'f'}{'o' if only_open else 'a'}_{least}_{radius_m}"


def rule_file(cases: Iterable[Case], radii_m: Iterable[int] = RADII_M) -> str:
    lines = ['title_zh = "逐级"', 'title_en = "Step by step"']
    for case, radius_m in product(cases, radii_m):
        joined, only_open, least = case
        name = tier_name(case, radius_m)
        lines += ["[[tier]]", f'name = "{name}"', f'name_zh = "{name}"']
        lines += ['layers = ["green_space"]', f"radius_m = {radius_m}", f"min_area_m2 = {least}"]
        lines += ['area_of = "joined"'] if joined else []
        lines += ['access = ["public", "unknown"]'] if only_open else []
    return "\n".join(lines) + "\n"


# What the normal run compares: each smallest area once, joined and closed to some where it matters.
CHOSEN: list[Case] = [
    (False, False, AREAS_M2[0]),
    (False, True, AREAS_M2[1]),
    (True, False, AREAS_M2[2]),
    (True, True, AREAS_M2[3]),
]
