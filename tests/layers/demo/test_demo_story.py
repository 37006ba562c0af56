"""What the town is for: gaps in the green, plots that help, lapsed care, holes in the duties."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from layers.demo import reference_date
from layers.demo.adoption import FATE_NOTES
from layers.demo.duties import KNOWN_FAULTS
from layers.kinds import KINDS

Town = dict[str, GeoDataFrame]


def seen(town: Town, targets: GeoDataFrame, radius_m: float) -> NDArray[np.bool_]:
    homes = town["building"].geometry
    near, _ = targets.sindex.query(homes, predicate="dwithin", distance=radius_m)
    mask = np.zeros(len(homes), dtype=bool)
    mask[near] = True
    return mask


def public_greens(town: Town, least_m2: float) -> GeoDataFrame:
    greens = town["green_space"]
    return greens[(greens["access"] == "public") & (greens.area >= least_m2)]


def people(town: Town) -> NDArray[np.float64]:
    return np.asarray(town["building"]["population"].fillna(0), dtype=float)


@pytest.mark.parametrize(
    ("layer", "least_m2", "radius_m"),
    [("green_space", 400, 300), ("green_space", 5000, 500), ("scenic_spot", 0, 1000)],
)
def test_coverage_is_worth_looking_at(
    metric_town: Town, layer: str, least_m2: float, radius_m: float
) -> None:
    targets = metric_town[layer]
    if layer == "green_space":
        targets = public_greens(metric_town, least_m2)
    weight = people(metric_town)
    share = weight[seen(metric_town, targets, radius_m)].sum() / weight.sum()
    assert 0.55 <= share <= 0.92


def test_greens_are_of_all_sizes(metric_town: Town) -> None:
    areas_m2 = public_greens(metric_town, 0).area
    bounds = [0, 400, 1000, 2000, 5000, 10_000, 20_000, np.inf]
    assert (np.histogram(areas_m2, bounds)[0] > 0).all()
    assert set(metric_town["green_space"]["access"]) == {
        "public",
        "restricted",
        "private",
        "unknown",
    }


def test_some_bare_plots_help_and_most_do_not(metric_town: Town) -> None:
    covered = seen(metric_town, public_greens(metric_town, 400), 300)
    weight = people(metric_town)
    plots = metric_town["bare_land"]
    gained = []
    for shape in plots.geometry:
        near = shapely.dwithin(metric_town["building"].geometry.to_numpy(), shape, 300)
        counts = shape.area >= 400
        gained.append(weight[near & ~covered].sum() if counts else 0.0)
    helping = np.array(gained) > 0
    assert 15 <= helping.sum() <= 70
    assert max(gained) > 500
    assert (~helping).sum() > 75


def test_the_river_parts_the_town(metric_town: Town) -> None:
    """Few bridges: many a place that is near in a straight line is far on foot."""
    river = metric_town["water"].geometry.iloc[0]
    assert metric_town["water"]["name"].iloc[0] == "青岭江"
    middle = river.buffer(-14).intersection(metric_town["walkway"].union_all())
    bridges = shapely.get_parts(middle.buffer(12).union(shapely.Point()))
    assert len(bridges) == 4


def test_walkways_are_noded_and_mostly_connected(town: Town) -> None:
    ends: dict[tuple[float, float], int] = {}
    pairs = []
    for shape in town["walkway"].geometry:
        line = shape.geoms[0]
        pairs.append([ends.setdefault(line.coords[k], len(ends)) for k in (0, -1)])
    edges = np.array(pairs)
    links = coo_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(ends),) * 2)
    count, label = connected_components(links, directed=False)
    sizes = np.bincount(label[edges[:, 0]])
    assert sizes.max() / len(edges) > 0.97
    assert 3 <= count <= 40


def test_walkways_cross_only_at_their_ends(metric_town: Town) -> None:
    lines = metric_town["walkway"].geometry
    first, second = lines.sindex.query(lines, predicate="crosses")
    meets = shapely.intersection(
        lines.to_numpy()[first[first < second]], lines.to_numpy()[second[first < second]]
    )
    ends = shapely.boundary(lines.to_numpy())
    nearest = shapely.distance(meets, shapely.union_all(ends))
    assert (nearest < 0.1).all()


def test_adoptions_are_in_every_state(town: Town) -> None:
    states = KINDS["adoption"].field_named("state").codes
    assert states is not None
    assert set(town["adoption"]["state"]) == set(states.values)


def test_cared_for_plots_are_alive_or_lapsed_for_the_noted_reason(town: Town) -> None:
    today = reference_date()
    logs = town["care_log"].sort_values("cared_on").groupby("adoption_code")
    last = logs.last()
    fates = town["adoption"][town["adoption"]["state"].isin(["active", "renewed"])]
    found = {}
    for row in fates.itertuples():
        found[row.code] = _fate(row, last, today)
    noted = {code: FATE_NOTES[fate] for code, fate in found.items()}
    assert noted == dict(zip(fates["code"], fates["note"], strict=True))
    assert set(found.values()) == {
        "alive",
        "care too old",
        "survival too low",
        "term over",
        "never cared for",
    }


def _fate(row: object, last: pd.DataFrame, today: dt.date) -> str:
    code = row.code  # type: ignore[attr-defined]
    if row.agreed_to <= today:  # type: ignore[attr-defined]
        return "term over"
    if code not in last.index:
        return "never cared for"
    if (today - last.loc[code, "cared_on"]).days > row.care_interval_days:  # type: ignore[attr-defined]
        return "care too old"
    if last.loc[code, "survival_share"] < row.survival_share_required:  # type: ignore[attr-defined]
        return "survival too low"
    return "alive"


def test_events_are_in_every_state_over_a_year(town: Town) -> None:
    events = town["grid_event"]
    states = KINDS["grid_event"].field_named("state").codes
    assert states is not None
    assert set(events["state"]) == set(states.values)
    moments = events["reported_at"]
    assert (moments.max() - moments.min()).days > 355
    assert moments.max().date() < reference_date()
    closed = events["closed_at"].notna()
    assert (
        closed == events["state"].isin(["archived", "closed", "resolved_in_grid", "rejected"])
    ).all()
    assert (events["closed_at"][closed] > moments[closed]).all()
    assert 0.03 < events.geometry.isna().mean() < 0.1


def test_events_follow_week_and_winter(town: Town) -> None:
    local = town["grid_event"]["reported_at"].dt.tz_convert("Asia/Shanghai")
    by_day = local.dt.day_of_week.value_counts()
    assert by_day[0] > 1.5 * by_day[6]
    by_month = local.dt.month.value_counts()
    assert by_month[[12, 1]].sum() > 1.3 * by_month[[6, 9]].sum()


def test_duties_have_the_known_holes_and_overlaps(town: Town) -> None:
    grids = town["grid"][town["grid"]["grid_type"] == "comprehensive"]
    codes = sorted(grids["code"])
    duties = town["responsibility"][town["responsibility"]["unit_kind"] == "grid"]
    held: dict[str, dict[str, list[bool]]] = {"grid_head": {}, "sponsor": {}}
    for row in duties.itertuples():
        for code in row.unit_codes.split(";"):
            held[row.role].setdefault(code, []).append(isinstance(row.valid_to, dt.date))
    heads, sponsors = held["grid_head"], held["sponsor"]
    found = {
        "grids without a grid head": [c not in heads for c in codes],
        "grids whose only head's post expired": [all(heads.get(c, [False])) for c in codes],
        "grids with two departments": [len(sponsors.get(c, ())) == 2 for c in codes],
        "grids without a department": [c not in sponsors for c in codes],
    }
    for fault, mask in found.items():
        assert tuple(np.flatnonzero(mask)) == KNOWN_FAULTS[fault], fault


def test_duties_come_as_areas_and_as_lists(town: Town) -> None:
    duties = town["responsibility"]
    drawn = duties.geometry.notna()
    assert 30 < drawn.sum() < len(duties) - 100
    assert (drawn == duties["unit_codes"].isna()).all()


def test_the_register_of_covers_has_dirt(town: Town) -> None:
    covers = town["manhole_cover"]
    assert covers["component_code"].duplicated().sum() == 3
    assert (covers["minor_class"] == "ownerless_cover").sum() > 10
    assert (covers["minor_class"] == "unknown").sum() == 4
    assert covers["minor_class"].nunique() >= 10
