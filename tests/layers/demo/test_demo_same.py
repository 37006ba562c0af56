"""The same seed gives the same town, to the last digit of its checksums."""

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import shapely
from geopandas import GeoDataFrame

from layers.demo import DEFAULT_SEED, build_town, checksum, reference_date

HASHES = Path(__file__).with_name("hashes.json")
PROGRAM = """
import json
from layers.demo import build_town, checksum
print(json.dumps({key: checksum(frame) for key, frame in build_town().items()}))
"""


def _hashes_of_a_new_process(hash_seed: str) -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        check=True,
        capture_output=True,
        text=True,
    )
    hashes: dict[str, str] = json.loads(done.stdout)
    return hashes


def test_two_processes_build_the_same_town(town: dict[str, GeoDataFrame]) -> None:
    here = {key: checksum(frame) for key, frame in town.items()}
    assert _hashes_of_a_new_process("4711") == here


def test_the_town_is_the_one_that_was_looked_at(
    town: dict[str, GeoDataFrame],
) -> None:
    """Renew with RENEW_DEMO_HASHES=1 after a wanted change, and look at the map first."""
    found = {key: checksum(town[key]) for key in sorted(town)}
    pins = {name: version(name) for name in ("numpy", "pandas", "pyproj", "scipy", "shapely")}
    if os.environ.get("RENEW_DEMO_HASHES"):
        golden = {"made_with": pins, "sha256": found}
        HASHES.write_text(json.dumps(golden, indent=2) + "\n", encoding="utf-8")
    golden = json.loads(HASHES.read_text(encoding="utf-8"))
    if golden["made_with"] != pins:
        pytest.skip(f"the checksums hold for {golden['made_with']}")
    assert found == golden["sha256"]


@pytest.mark.long
def test_another_seed_is_another_town(town: dict[str, GeoDataFrame]) -> None:
    other = build_town(DEFAULT_SEED + 1)
    assert len(other["grid"]) == 120
    assert len(other["bare_land"]) == 150
    assert checksum(other["building"]) != checksum(town["building"])
    assert shapely.coverage_is_valid(other["grid"].geometry.to_numpy())
    assert all(frame.geometry.dropna().is_valid.all() for frame in other.values())


@pytest.mark.long
def test_a_later_day_moves_terms_and_leaves_the_ground(town: dict[str, GeoDataFrame]) -> None:
    later = build_town(today=reference_date().replace(year=reference_date().year + 1))
    assert later["building"].geometry.equals(town["building"].geometry)
    assert later["grid_event"]["reported_at"].min() > town["grid_event"]["reported_at"].min()
