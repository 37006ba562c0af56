"""How the kinds are drawn: each in its own way, and for all eyes."""

import itertools
import re

import numpy as np
import pytest

from layers.kinds import KINDS, Kind

EACH_KIND = pytest.mark.parametrize("declared", KINDS.values(), ids=KINDS)


@EACH_KIND
def test_a_style_can_be_drawn(declared: Kind) -> None:
    style = declared.style
    assert re.fullmatch(r"#[0-9a-f]{6}", style.fill)
    assert re.fullmatch(r"#[0-9a-f]{6}", style.stroke)
    assert 0 <= style.fill_opacity <= 1
    assert style.stroke_width > 0
    assert style.radius_px > 0
    assert re.fullmatch(r"(\d+ \d+)?", style.dash)


def test_every_kind_has_a_style_of_its_own() -> None:
    looks = {(each.style.fill, each.style.stroke, each.style.dash) for each in KINDS.values()}
    assert len(looks) == len(KINDS)


def test_only_red_squares_are_red() -> None:
    def is_red(colour: str) -> bool:
        red, greenish, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return red > 150 and max(greenish, blue) < red / 2 and abs(greenish - blue) < 40

    assert [key for key, each in KINDS.items() if is_red(each.style.fill)] == ["red_square"]


# Machado, Oliveira & Fernandes 2009, severity 1.0: linear RGB as the colour-blind see it.
VISION = {
    "all colours": np.eye(3),
    "no green": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "no red": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
}


def lab(colour: str, vision: np.ndarray) -> np.ndarray:
    """Place a colour in CIE L*a*b* (D65), as seen by `vision`."""
    channels = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]]
    )
    xyz = to_xyz @ np.clip(vision @ linear, 0, 1) / np.array([0.9505, 1.0, 1.0888])
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION.values(), ids=VISION)
def test_filled_layers_that_show_at_first_are_told_apart(vision: np.ndarray) -> None:
    shown = [each.style for each in KINDS.values() if each.is_spatial and each.style.visible]
    fills = [style.fill for style in shown if style.fill_opacity > 0.3]
    seen = [lab(fill, vision) for fill in fills]
    assert len(fills) >= 8
    closest = min(np.linalg.norm(one - other) for one, other in itertools.combinations(seen, 2))
    assert closest > 10  # 2.3 is the least that the eye sees side by side
