"""How far the figures of Las Palmas move, and whether a sentence about it is true."""

import pytest

from tests.cities.terminal import Desk
from tests.cities.test_las_palmas_walks import AREAS_M2, BASE, COVERED, STORE

pytestmark = pytest.mark.long

RULE = """
[[tier]]
name = "green"
layers = ["green_space"]
radius_m = 300
min_area_m2 = 400
"""
BUILDINGS = 22_595
# Buildings within 300 m, in a straight line, of green from these areas on.
STRAIGHT = {0: 22_090, 400: 22_037, 1000: 21_875, 2000: 21_229, 5000: 16_120}


def test_the_band_is_that_of_the_figures_on_record(las_palmas: Desk) -> None:
    (las_palmas.folder / "band.toml").write_text(RULE, encoding="utf-8")
    answer = las_palmas.type(f"coverage --store {STORE} --rules band.toml --json")
    assert answer.code == 0
    (band,) = answer.json["sensitivity"]
    found = {(one["aspect"], one["value"]): one for one in band["variants"]}
    for least, covered in STRAIGHT.items():
        one = found["rule", ""] if least == 400 else found["min_area_m2", least]
        assert (one["covered"], one["base"]) == (covered, BUILDINGS)
    walked = found["distance", "walk"]
    assert (walked["covered"], walked["base"]) == (COVERED[AREAS_M2.index(400)], BASE)
    assert found["to", "centroid"]["covered"] == 21_910
    assert band["low"] == STRAIGHT[5000] / BUILDINGS
    assert band["high"] == STRAIGHT[0] / BUILDINGS
    radii = [found["radius_m", step]["covered"] for step in (-10, -5, 5, 10)]
    assert radii == [22_021, 22_029, 22_040, 22_047]
    position = found["position_m", 10]
    assert (position["lower"], position["upper"]) == (radii[0] / BUILDINGS, radii[3] / BUILDINGS)


def test_a_sentence_is_held_against_every_definition(las_palmas: Desk) -> None:
    answer = las_palmas.type(f'claim "300米见绿，楼栋覆盖率91.2%" --store {STORE} --json')
    assert answer.code == 0
    rows = answer.json["definitions"]
    plain = [r for r in rows if r["reading"] == "green_300m" and r["to"] == "edge"]
    straight = {r["min_area_m2"]: r["covered"] for r in plain if r["distance"] == "straight"}
    assert straight == STRAIGHT
    walked = {r["min_area_m2"]: r["covered"] for r in plain if r["distance"] == "walk"}
    assert {least: walked[least] for least in AREAS_M2} == dict(zip(AREAS_M2, COVERED, strict=True))
    (true,) = [r for r in plain if r["verdict"] == "true"]
    assert (true["min_area_m2"], true["distance"]) == (400, "walk")
