"""Which plots first, and what if: ours beside plain greedy choices, solvers, and doing it anew.

The matrix of who is within 300 m of which plot is made before anything is timed, and is the same
for all: homes that no green from 1,000 m2 covers. Answers are what the chosen plots cover, and
they are compared with the best known value. A toggle is one plot that is switched on; its
error column gives the 95th percentile over 400 of them.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from functools import cache
from time import perf_counter

import geopandas as gpd
import numpy as np
import shapely
from measuring import Absent, Ask, Method, Question, Scene
from numpy.typing import NDArray
from scipy.sparse import csr_array

TITLE = "Choosing plots"

RADIUS_M = 300.0
LEAST_M2 = 1_000
SWITCHED = 400

# People newly covered, and a bound where one is known.
Answer = tuple[float, float]
Answers = NDArray[np.float64]


def _matrix(scene: Scene) -> tuple[csr_array, NDArray[np.int64]]:
    """Give which plot reaches which uncovered home, and how many live there."""
    from gis import NearestIndex
    from gis.nearness.pairs import pairs_within

    city = scene.city
    homes = gpd.GeoSeries(shapely.points(city.homes), crs=city.crs)
    greens = gpd.GeoSeries(city.greens_from(LEAST_M2), crs=city.crs)
    bare = np.flatnonzero(~np.asarray(NearestIndex(greens).within(homes, RADIUS_M)))
    near = pairs_within(homes.to_numpy()[bare], city.plots, RADIUS_M)
    one = np.ones(len(near.place), dtype=np.int64)
    shape = (len(city.plots), len(bare))
    people = city.people[bare].astype(np.int64)
    return csr_array((one, (near.target, near.place)), shape=shape), people


@cache
def _model(scene: Scene) -> object:
    from gis.siting._model import incidence, merged

    matrix, people = _matrix(scene)
    plot, home = matrix.nonzero()
    over = incidence(plot.astype(np.int64), home.astype(np.int64), people, matrix.shape[0])
    return merged(over).over


# ------------------------------------------------------------------ greedy


def ours_greedy(k: int) -> Callable[[Scene], Ask]:
    def begin(scene: Scene) -> Ask:
        from gis.siting._kernel import pick

        over = _model(scene)
        pick(over, k)  # loads the machine code
        return lambda: np.array([pick(over, k)[1].sum(), np.nan], dtype=float)

    return begin


def sparse_argmax(k: int) -> Callable[[Scene], Ask]:
    """Weigh all plots anew after every pick, as one product of matrix and vector."""

    def begin(scene: Scene) -> Ask:
        matrix, people = _matrix(scene)

        def ask() -> Answers:
            left, value = people.copy(), 0
            for _ in range(k):
                gain = matrix @ left
                best = int(gain.argmax())
                value += gain[best]
                left[matrix.indices[matrix.indptr[best] : matrix.indptr[best + 1]]] = 0
            return np.array([value, np.nan], dtype=float)

        return ask

    return begin


def lazy_greedy(k: int) -> Callable[[Scene], Ask]:
    """Weigh a plot anew only when it comes to the top of a heap (CELF)."""

    def begin(scene: Scene) -> Ask:
        matrix, people = _matrix(scene)
        rows = np.split(matrix.indices, matrix.indptr[1:-1])

        def ask() -> Answers:
            left, value = people.copy(), 0
            heap = [(-int(left[row].sum()), plot) for plot, row in enumerate(rows)]
            heapq.heapify(heap)
            for _ in range(k):
                while True:
                    _, plot = heapq.heappop(heap)
                    gain = int(left[rows[plot]].sum())
                    if not heap or gain >= -heap[0][0]:
                        break
                    heapq.heappush(heap, (-gain, plot))
                value += gain
                left[rows[plot]] = 0
            return np.array([value, np.nan], dtype=float)

        return ask

    return begin


# ------------------------------------------------------------------ the best choice


def ours_solved(k: int, method: str, limit_s: float) -> Callable[[Scene], Ask]:
    def begin(scene: Scene) -> Ask:
        from gis.siting._exact import solve

        over = _model(scene)
        solve(over, 1, "swap", limit_s)  # loads the machine code

        def ask() -> Answers:
            found = solve(over, k, method, limit_s)
            return np.array([found.value, found.bound], dtype=float)

        return ask

    return begin


def straight(k: int, limit_s: float) -> Callable[[Scene], Ask]:
    """Give the merged model to HiGHS as it is."""

    def begin(scene: Scene) -> Ask:
        import highspy

        from gis.siting._exact import program

        over = _model(scene)
        asked = program(over, k, 1.0)

        def ask() -> Answers:
            solver = highspy.Highs()
            solver.silent()
            solver.setOptionValue("time_limit", limit_s)
            solver.setOptionValue("mip_rel_gap", 0.0)
            solver.passModel(asked)
            solver.run()
            info = solver.getInfo()
            value = -info.objective_function_value
            return np.array([value if value > 0 else 0.0, -info.mip_dual_bound])

        return ask

    return begin


def spopt_cbc(k: int) -> Callable[[Scene], Ask]:
    def begin(scene: Scene) -> Ask:
        try:
            import pulp
            from spopt.locate import MCLP
        except ImportError as missing:
            raise Absent("spopt and pulp are not installed") from missing
        matrix, people = _matrix(scene)
        cost = np.where(matrix.toarray().T > 0, 0.0, 2.0)

        def ask() -> Answers:
            model = MCLP.from_cost_matrix(cost, people, 1.0, p_facilities=k)
            model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=120))
            value = float(pulp.value(model.problem.objective))
            return np.array([value, value])

        return ask

    return begin


# ------------------------------------------------------------------ what if


def _rules() -> object:
    from gis import RuleSet, Tier

    tier = Tier("green", "绿", ("green_space",), RADIUS_M, min_area_m2=LEAST_M2)
    return RuleSet("bench", tiers=(tier,))


def _frames(scene: Scene, *, area: bool) -> tuple[gpd.GeoDataFrame, ...]:
    city = scene.city
    shapes = city.cells if area else shapely.points(city.homes)
    counted = np.ones(len(shapes), np.int64) if area else city.people
    return (
        gpd.GeoDataFrame({"people": counted}, geometry=shapes, crs=city.crs),
        gpd.GeoDataFrame(geometry=city.greens_from(LEAST_M2), crs=city.crs),
        gpd.GeoDataFrame(geometry=city.plots, crs=city.crs),
    )


def toggled(*, area: bool) -> Callable[[Scene], Ask]:
    def begin(scene: Scene) -> Ask:
        from gis import Scenario

        places, greens, plots = _frames(scene, area=area)
        scenario = Scenario(
            places, {"green_space": greens}, plots, _rules(), weight="area" if area else "people"
        )
        chance = np.random.default_rng(1)
        order = chance.permutation(len(plots))[: SWITCHED + 20]
        took = []
        for plot in order[:SWITCHED]:
            start = perf_counter()
            scenario.toggle(plot)
            took.append(perf_counter() - start)
        late = float(np.quantile(took[10:], 0.95))
        left = iter(order[SWITCHED:])

        def ask() -> Answers:
            scenario.toggle(next(left))
            return np.array([late, np.nan])

        return ask

    return begin


def anew(*, area: bool) -> Callable[[Scene], Ask]:
    """Measure everything again, with one green more."""

    def begin(scene: Scene) -> Ask:
        from gis import distance_to_nearest, share_covered

        places, greens, plots = _frames(scene, area=area)
        more = gpd.GeoSeries([*greens.geometry, plots.geometry.iloc[0]], crs=greens.crs)

        def ask() -> Answers:
            if area:
                share = share_covered(places, more, RADIUS_M)["covered_share"]
                value = float(share.to_numpy() @ shapely.area(places.geometry.to_numpy()))
            else:
                near = distance_to_nearest(places, more, limit_m=RADIUS_M) <= RADIUS_M
                value = float(places["people"][near].sum())
            return np.array([np.nan, value])

        ask()  # loads the machine code
        return ask

    return begin


def _late(answer: Answers, truth: Answers) -> str:
    del truth
    return "" if np.isnan(answer[0]) else f"p95 {answer[0] * 1e6:,.0f} µs"


def _off(answer: Answers, truth: Answers) -> str:
    value, bound = answer
    told = f"{value / truth[0]:.2%} of the best"
    if np.isnan(bound):
        return told
    gap = (bound - value) / bound
    return f"{told}; proven" if gap <= 0 else f"{told}; gap {gap:.2%}"


def _best(k: int, limit_s: float, targets: tuple[float | None, float | None]) -> Question:
    highs, spopt = targets
    return Question(
        f"best{k}",
        f"The best {k} plots, with proof",
        (
            Method("ours, exact", ours_solved(k, "exact", 60.0), limit_s=120),
            Method("ours, swapping, with a bound", ours_solved(k, "swap", 60.0), limit_s=60),
            Method("HiGHS, straight", straight(k, limit_s), at_least=highs, limit_s=limit_s + 60),
            Method("spopt, CBC", spopt_cbc(k), at_least=spopt, sizes=("S",), limit_s=180),
        ),
        truth=ours_solved(k, "exact", 60.0),
        compare=_off,
        sizes=("S", "M", "L"),
    )


QUESTIONS = (
    Question(
        "greedy",
        "A hundred plots, greedily",
        (
            Method("ours", ours_greedy(100)),
            Method("sparse product and argmax", sparse_argmax(100), at_least=14),
            Method("lazy heap in Python (CELF)", lazy_greedy(100), at_least=10),
        ),
        truth=ours_greedy(100),
        compare=_off,
        sizes=("S", "M", "L"),
    ),
    _best(10, 40.0, (40, None)),
    _best(30, 20.0, (None, None)),
    _best(100, 20.0, (None, None)),
    Question(
        "people",
        "One plot on: people",
        (
            Method("ours", toggled(area=False)),
            Method("measured anew, ours", anew(area=False), at_least=600),
        ),
        truth=lambda _: lambda: np.array([0.0, 0.0]),
        compare=_late,
        sizes=("S", "M", "L"),
    ),
    Question(
        "area",
        "One plot on: shares of areas",
        (
            Method("ours", toggled(area=True)),
            Method("measured anew, ours", anew(area=True), at_least=600),
        ),
        truth=lambda _: lambda: np.array([0.0, 0.0]),
        compare=_late,
        sizes=("S", "M", "L"),
    ),
)
