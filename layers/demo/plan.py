"""The town's plan: everything about the demo town that is decided rather than drawn by chance."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Strip:
    """A band along the valley between two curves, cut into blocks by stations."""

    key: str
    low: str
    high: str
    bank: str
    rows: tuple[tuple[float, float, int], ...]
    lanes: tuple[tuple[float, float, float], ...]
    cuts: tuple[float, ...]


@dataclass(frozen=True)
class Plan:
    """The plan as read from `town.toml`."""

    valley: Mapping[str, float]
    table: Mapping[str, list[float]]
    roughness: Mapping[str, float]
    strips: tuple[Strip, ...]
    raw: Mapping[str, Any]

    def part(self, key: str) -> Any:
        """Read one part of the plan as it stands in the file."""
        return self.raw[key]


@cache
def read_plan() -> Plan:
    """Read the plan that comes with the package."""
    raw = tomllib.loads(files("layers.demo").joinpath("town.toml").read_text(encoding="utf-8"))
    header, *lines = raw["ground"]["table"]
    table = {name: [float(line[i]) for line in lines] for i, name in enumerate(header)}
    strips = tuple(
        Strip(
            key=entry["key"],
            low=entry["low"],
            high=entry["high"],
            bank=entry["bank"],
            rows=tuple((float(a), float(b), int(n)) for a, b, n in entry["rows"]),
            lanes=tuple((float(a), float(b), float(d)) for a, b, d in entry["lanes"]),
            cuts=tuple(float(cut) for cut in entry["cuts"]),
        )
        for entry in raw["strip"]
    )
    return Plan(raw["valley"], table, raw["ground"]["roughness"], strips, raw)
