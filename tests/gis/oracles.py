"""Coverage reckoned the slow and obvious way: loops over every place and every target.

Nothing here uses the code under test, an index or a buffer; only lengths and areas of shapely.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

NEAR_MISSES = ("lapsed", "not_public", "too_small")


@dataclass(frozen=True)
class Target:
    shape: BaseGeometry
    access: str = "unknown"
    alive: bool = True


@dataclass(frozen=True)
class Yardstick:
    radius_m: float
    min_area_m2: float = 0.0
    joined: bool = False
    access: tuple[str, ...] | None = None
    alive: bool = False


def flood(shapes: Sequence[BaseGeometry]) -> list[set[int]]:
    """Group what shares ground or border, by walking from one to all that it meets, and on."""
    left, groups = set(range(len(shapes))), []
    while left:
        group, edge = set(), {min(left)}
        while edge:
            group |= edge
            edge = {
                other
                for other in left - group
                if any(shapes[one].intersection(shapes[other]).length > 0 for one in edge)
            }
        groups.append(group)
        left -= group
    return groups


def counted(targets: Sequence[Target], rule: Yardstick, without: str = "") -> list[Target]:
    """Keep the targets that count, one condition dropped if `without` names it."""
    fit = [
        target
        for target in targets
        if (without == "not_public" or rule.access is None or target.access in rule.access)
        and (without == "lapsed" or not rule.alive or target.alive)
    ]
    if without == "too_small":
        return fit
    if not rule.joined:
        return [target for target in fit if target.shape.area >= rule.min_area_m2]
    kept: list[Target] = []
    for group in flood([target.shape for target in fit]):
        members = [fit[number] for number in sorted(group)]
        if shapely.union_all([member.shape for member in members]).area >= rule.min_area_m2:
            kept += members
    return kept


def judge(place: BaseGeometry, targets: Sequence[Target], rule: Yardstick) -> str:
    """Say `covered`, or why not."""

    def within(some: Sequence[Target]) -> bool:
        return any(place.distance(target.shape) <= rule.radius_m for target in some)

    if within(counted(targets, rule)):
        return "covered"
    for reason in NEAR_MISSES:
        if within(counted(targets, rule, without=reason)):
            return reason
    return "over_limit" if counted(targets, rule) else "no_target"


def nearest_by_matrix(
    places: NDArray[np.object_],
    masks: dict[Hashable, NDArray[np.bool_]],
    targets: NDArray[np.object_],
) -> dict[Hashable, NDArray[np.float64]]:
    """Take the least of the distances from every place to every target, for each mask of targets."""
    shapely.prepare(targets)
    least = {name: np.full(len(places), np.inf) for name in masks}
    for start in range(0, len(places), 50):
        block = slice(start, start + 50)
        metres = shapely.distance(places[block, None], targets[None, :])
        for name, mask in masks.items():
            least[name][block] = metres[:, mask].min(axis=1, initial=np.inf)
    return least


def nearest_by_boxes(
    places: NDArray[np.object_],
    masks: dict[Hashable, NDArray[np.bool_]],
    targets: NDArray[np.object_],
    limit_m: float,
) -> dict[Hashable, NDArray[np.float64]]:
    """Do the same, leaving out targets whose bounding box is beyond `limit_m` of a block's box."""
    shapely.prepare(targets)
    west, south, east, north = shapely.bounds(targets).T
    least = {name: np.full(len(places), np.inf) for name in masks}
    middle = shapely.get_coordinates(shapely.centroid(places))
    order = np.lexsort((middle[:, 0], np.floor(middle[:, 1] / 200)))
    for block in np.array_split(order, max(1, len(order) // 50)):
        x_min, y_min, x_max, y_max = shapely.total_bounds(places[block])
        near = (west <= x_max + limit_m) & (east >= x_min - limit_m)
        near &= (south <= y_max + limit_m) & (north >= y_min - limit_m)
        metres = shapely.distance(places[block, None], targets[None, near])
        for name, mask in masks.items():
            least[name][block] = metres[:, mask[near]].min(axis=1, initial=np.inf)
    return least


def joined_areas(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Give each shape the area of the part of the union of all that it lies in."""
    parts = shapely.get_parts(shapely.union_all(shapes))
    inside = shapely.point_on_surface(shapes)
    west, south, east, north = shapely.bounds(parts).T
    areas = np.zeros(len(shapes))
    for number, point in enumerate(inside):
        box = (west <= point.x) & (point.x <= east) & (south <= point.y) & (point.y <= north)
        (home,) = (part for part in parts[box] if part.covers(point))
        areas[number] = home.area
    return areas


def lattice_share(
    zone: BaseGeometry, targets: NDArray[np.object_], radius_m: float, step_m: float
) -> float:
    """Count the points of a lattice inside a zone that have a target within the radius."""
    west, south, east, north = zone.bounds
    x, y = np.meshgrid(
        np.arange(west + step_m / 2, east, step_m), np.arange(south + step_m / 2, north, step_m)
    )
    shapely.prepare(zone)
    inside = shapely.intersects_xy(zone, x.ravel(), y.ravel())
    points = shapely.points(x.ravel()[inside], y.ravel()[inside])
    reached = np.zeros(len(points), dtype=bool)
    for target in targets[shapely.dwithin(targets, zone, radius_m)]:
        shapely.prepare(target)
        reached |= shapely.dwithin(points, target, radius_m)
    return float(reached.mean())
