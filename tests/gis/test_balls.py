"""What is within a walk of each source, against one question for each."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.walks.balls import nodes_within, places_within
from gis.walks.entering import entries_of
from gis.walks.walking import node_distances, starts_of, walking_distance
from tests.gis.test_walking_laws import Town, series, towns


@given(towns(), st.sampled_from([0.0, 15.0, 40.0, 1e6]))
@settings(max_examples=60, deadline=None)
def test_each_ball_is_what_walks_to_its_source_alone_find(town: Town, limit_m: float) -> None:
    network = town.network
    # Points and, about them, areas, which are entered in several places.
    wide = shapely.buffer(np.array(town.targets, dtype=object), 6.0, quad_segs=2)
    targets = np.concatenate([np.array(town.targets, dtype=object), wide])
    places = starts_of(series(town.places), network, town.max_snap_m)
    entries = entries_of(targets, network, town.max_snap_m)
    balls = places_within(places.snapped, entries, network, limit_m)
    around = nodes_within(entries, network, limit_m)
    assert len(balls.first) == len(around.first) == len(targets) + 1
    for number, target in enumerate(targets):
        own = slice(balls.first[number], balls.first[number + 1])
        found = np.full(len(town.places), np.inf)
        found[balls.member[own]] = balls.distance_m[own]
        assert len(np.unique(balls.member[own])) == len(balls.member[own])
        walked = walking_distance(
            series(town.places), series([target]), network, limit_m=limit_m, max_snap_m=town.max_snap_m
        )["distance_m"].to_numpy()  # fmt: skip
        inside = shapely.intersects(target, np.array(town.places, dtype=object))
        expected = np.where(np.isfinite(walked), walked, np.inf)
        assert np.allclose(found[~inside], expected[~inside], atol=1e-9)
        own = slice(around.first[number], around.first[number + 1])
        metres, _ = node_distances(entries.of(np.array([number])), network, limit_m)
        assert sorted(around.member[own]) == np.flatnonzero(np.isfinite(metres)).tolist()
        assert np.allclose(around.distance_m[own], metres[around.member[own]], atol=1e-9)
