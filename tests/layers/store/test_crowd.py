"""Everybody at once: importers, a planner at QGIS and readers; all is counted, nobody is turned away."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import pytest
import shapely

from layers import Store
from layers.store import DIRECT
from tests import desktop
from tests.layers.store.processes import running, wait_for
from tests.layers.store.town import buildings, degrees, frame, territory, write

_LOG = logging.getLogger(__name__)

ROWS = 20

IMPORTER = """
import json, sys, time
from pathlib import Path
import shapely
from layers import open_store
from layers.errors import LayerChangedError
from layers.importing import ImportOptions, Mapping

place, name, folder, rows, seconds = sys.argv[1:]
store = open_store(place)
options = ImportOptions(datum="CGCS2000", mapping=Mapping(key=("code",)), author=name)

def survey(number):
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"{name} {number} {n}", "floors": number},
            "geometry": shapely.geometry.mapping(shapely.box(126, 42, 126.0001, 42.0001)),
        }
        for n in range(int(rows))
    ]
    path = Path(folder, f"{name} {number}.geojson")
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path

print("ready", flush=True)
number, prepared_again = 0, 0
end = time.monotonic() + float(seconds)
while time.monotonic() < end:
    number += 1
    path = survey(number)
    while True:
        try:
            report = store.import_file("building", path, options)
            break
        except LayerChangedError:  # somebody was faster: compare with what they made of it
            prepared_again += 1
    print(json.dumps([report.changeset, report.added]), flush=True)
print(json.dumps(["prepared again", prepared_again]), flush=True)
"""

READER = """
import json, sys, time
from layers import open_store

store = open_store(sys.argv[1])
print("ready", flush=True)
seen, times = 0, 0
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    number = store.changeset_at()
    assert number >= seen, "time went backwards"
    seen, times = number, times + 1
    changes = [each.changes.get("building", {}) for each in store.changesets()[:number]]
    expected = sum(each.get("insert", 0) - each.get("delete", 0) for each in changes)
    features = store.read("building", as_of=number)
    assert len(features) == expected, (number, len(features), expected)
    assert features["code"].is_unique
    window = store.read("building", bbox=(126, 42, 126.0001, 42.0001))
    assert set(features.index[features["code"].str.startswith("first")]) <= set(window.index)
print(json.dumps(times), flush=True)
"""


class Planner:
    """Draw, change and delete buildings in QGIS, and remember what it said was saved."""

    def __init__(self, *, may_save_again: bool) -> None:
        self.may_save_again = may_save_again
        self.floors: dict[str, int] = {}
        self.sittings = 0
        self.saved_again = 0

    def work(self, desk: desktop.Desk, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.sittings += 1
            code = f"qgis {self.sittings}"
            (place,) = degrees([shapely.multipolygons([shapely.box(150, 150, 160, 160)])])
            assert desk("start")
            assert desk("draw", place.wkt, {"code": code, "floors": 1})
            oldest = next(iter(self.floors), None)
            if oldest is not None and self.sittings % 3 == 1:
                assert desk("delete", oldest)
            elif oldest is not None:
                assert desk("calculate", oldest, "floors", self.sittings)
            self._save(desk)
            if oldest is not None and self.sittings % 3 == 1:
                del self.floors[oldest]
            elif oldest is not None:
                self.floors[oldest] = self.sittings
            self.floors[code] = 1

    def _save(self, desk: desktop.Desk) -> None:
        """Press the floppy disk, on a file once more if somebody wrote while QGIS was saving.

        SQLite refuses at once, without waiting, the first write of a transaction that began by
        reading, if another program is writing then or has written since.
        """
        for _ in range(10):
            complaints = desk("save")
            if not complaints:
                return
            assert self.may_save_again, complaints
            assert "locked" in complaints[-1], complaints
            self.saved_again += 1
        pytest.fail("QGIS could not save ten times in a row")


def ended(process: Popen[str]) -> list[str]:
    """Wait for a program and give what it said; it had nothing to complain of."""
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    return out.splitlines()


@pytest.mark.long
@pytest.mark.parametrize("seconds", [120])
def test_two_importers_a_planner_at_qgis_and_four_readers(
    store: Store,
    place: str | Path,
    tmp_path: Path,
    sound: Callable[[], None],
    seconds: float,
) -> None:
    territory(store)
    planner = Planner(may_save_again=isinstance(place, Path))
    with ExitStack() as stack:
        importers = [
            stack.enter_context(running(IMPORTER, place, name, tmp_path, str(ROWS), str(seconds)))
            for name in ("first", "second")
        ]
        readers = [stack.enter_context(running(READER, place, str(seconds))) for _ in range(4)]
        for process in (*importers, *readers):
            wait_for(process, "ready")
        with desktop.opened(place, "building") as desk:
            planner.work(desk, seconds)
            complaints = desk.end()
        if not planner.saved_again:
            assert not re.search("lock|busy|error|fail", complaints, re.IGNORECASE)
        imported = [[json.loads(line) for line in ended(process)] for process in importers]
        times = [json.loads(ended(process)[-1]) for process in readers]
    _LOG.info("imports, prepared again: %s", [(len(one) - 1, one[-1][1]) for one in imported])
    sittings = (planner.sittings, planner.saved_again)
    _LOG.info("sittings at QGIS, saved again: %s; readings: %s", sittings, times)
    assert min(times) > 0
    assert planner.sittings > 0
    found = store.changesets()
    assert [each.id for each in found] == list(range(1, len(found) + 1))
    for name, said in zip(("first", "second"), imported, strict=True):
        acknowledged = said[:-1]
        assert acknowledged
        assert {number for number, _ in acknowledged} == {
            each.id for each in found if each.author == name
        }
        assert all(found[n - 1].changes == {"building": {"insert": ROWS}} for n, _ in acknowledged)
    now = store.read("building").set_index("code")["floors"]
    assert now.index.is_unique
    drawn = now[now.index.str.startswith("qgis")].to_dict()
    assert drawn == planner.floors
    assert len(now) == len(drawn) + ROWS * sum(len(said) - 1 for said in imported)
    direct = [each.changes["building"] for each in found if each.author == DIRECT]
    assert sum(each.get("insert", 0) for each in direct) == planner.sittings
    # On a file, QGIS ends by writing the count that it remembers; the next change counts anew.
    write(store, "building", frame(buildings((50, 50))))
    sound()
