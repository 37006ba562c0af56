"""The shape of the ground: a bent valley in which every place has a station and an offset.

station
    metres along the valley's axis, from its upper end.
offset
    metres across the axis, positive to the left looking downstream.
curve
    an offset that changes with the station: the river, a foot of a slope, a ridge.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from layers.demo.plan import Plan
from layers.demo.streams import stream

Numbers = NDArray[np.float64]

# Every coordinate is a whole number of centimetres before anything is derived from it, so that
# the last bits of a machine's sine cannot reach the result.
_DECIMALS = 2
_AXIS_STEP_M = 5.0
_MARGIN_M = 400.0


@dataclass(frozen=True)
class Valley:
    """The mapping from stations and offsets to coordinates in metres."""

    stations: Numbers
    axis: Numbers
    heading: Numbers
    curves: dict[str, Numbers]
    waves: Numbers
    length_m: float

    def offset(self, curve: str, station: Numbers | float) -> Numbers:
        """Tell the offset of a curve at each station."""
        return np.interp(np.asarray(station, dtype=float), self.stations, self.curves[curve])

    def locate(self, station: Numbers | float, offset: Numbers | float) -> Numbers:
        """Find the (n, 2) coordinates of places, to whole centimetres."""
        s, t = np.broadcast_arrays(
            np.atleast_1d(np.asarray(station, dtype=float)), np.asarray(offset, dtype=float)
        )
        angle = np.interp(s, self.stations, self.heading)
        x = np.interp(s, self.stations, self.axis[:, 0]) - t * np.sin(angle)
        y = np.interp(s, self.stations, self.axis[:, 1]) + t * np.cos(angle)
        return np.round(np.stack([x, y], axis=1) + self._swell(s, t), _DECIMALS)

    def bearing(self, station: Numbers, offset: Numbers) -> Numbers:
        """Tell the direction of the valley at places, in radians from east."""
        ahead = self.locate(station + 4.0, offset) - self.locate(station - 4.0, offset)
        return np.arctan2(ahead[:, 1], ahead[:, 0])

    def _swell(self, s: Numbers, t: Numbers) -> Numbers:
        """Bend the regular pattern by long waves, stronger on the slopes and at both ends."""
        phase = np.outer(s, self.waves[:, 0]) + np.outer(t, self.waves[:, 1])
        bend_x = (np.sin(phase + self.waves[:, 2]) * self.waves[:, 4]).sum(axis=1)
        bend_y = (np.sin(phase + self.waves[:, 3]) * self.waves[:, 4]).sum(axis=1)
        slope = np.clip((np.abs(t) - 500.0) / 900.0, 0.0, 1.0)
        end = np.clip(1.0 - np.minimum(s, self.length_m - s) / 700.0, 0.0, 1.0)
        strength = 1.0 + 0.7 * slope + 1.2 * end * end
        return np.stack([bend_x, bend_y], axis=1) * strength[:, None]


def shape_valley(plan: Plan, seed: int) -> Valley:
    """Shape the valley from the plan's table, with ridges and waves drawn by chance."""
    chance = stream(seed, "valley")
    length_m = plan.table["station"][-1]
    stations = np.arange(-_MARGIN_M, length_m + _MARGIN_M + _AXIS_STEP_M, _AXIS_STEP_M)
    turn = plan.valley["turn_rad"] * np.sin(2 * np.pi * stations / plan.valley["turn_m"] + 0.6)
    heading = plan.valley["heading_rad"] + turn
    steps = np.stack([np.cos(heading), np.sin(heading)], axis=1) * _AXIS_STEP_M
    axis = np.cumsum(steps, axis=0) - steps[0]
    middle = axis[len(axis) // 2]
    axis = axis - middle + np.array([plan.valley["east_m"], plan.valley["north_m"]])
    waves = np.column_stack(
        [
            chance.uniform(-1.0, 1.0, (9, 2)) * 2 * np.pi / 760.0,
            chance.uniform(0.0, 2 * np.pi, (9, 2)),
            chance.uniform(5.0, 9.0, 9),
        ]
    )
    curves = {
        name: _curve(stations, plan.table["station"], values)
        for name, values in plan.table.items()
        if name != "station"
    }
    for name, rough_m in plan.roughness.items():
        curves[name] = curves[name] + rough_m * _ridge_noise(stations, chance.uniform(0, 1, 6))
    return Valley(stations, axis, heading, curves, waves, length_m)


def _curve(stations: Numbers, known: list[float], values: list[float]) -> Numbers:
    from scipy.interpolate import PchipInterpolator  # noqa: PLC0415 (slow to load)

    inside = np.clip(stations, known[0], known[-1])
    bent = np.asarray(PchipInterpolator(known, values)(inside), dtype=float)
    # A few passes of a moving mean take the hooks out of a monotone interpolation.
    weights = np.ones(41) / 41
    for _ in range(3):
        bent = np.convolve(np.pad(bent, 20, mode="edge"), weights, mode="valid")
    return bent


def _ridge_noise(stations: Numbers, phases: Numbers) -> Numbers:
    lengths_m = np.array([1700.0, 930.0, 520.0, 310.0, 170.0, 90.0])
    heights = np.array([0.5, 0.45, 0.35, 0.22, 0.1, 0.05])
    waves = np.sin(2 * np.pi * (stations[:, None] / lengths_m + phases)) * heights
    return np.asarray(waves.sum(axis=1), dtype=float)
