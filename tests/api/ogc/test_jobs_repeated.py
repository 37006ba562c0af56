"""An import whose worker is lost after it has written is ended by another, not repeated."""

import base64
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from api.processes import Performer
from api.processes.desk import Desk
from layers import open_store
from layers.accounts import open_accounts
from layers.accounts.rules import OWNER
from layers.jobs import JobFinalError, JobState, Limits, Steps, Workers, open_queue

ROWS = "编码,名称,经度,纬度\nM1,西口,126.4,41.9\nM2,东口,不知道,41.9\n"
HASTY = Limits(silence=dt.timedelta(0))


@pytest.mark.parametrize("key", [None, "编码"])
def test_an_import_whose_worker_is_lost_is_written_once(
    key: str | None, city_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "city.gpkg"
    path.write_bytes(city_path.read_bytes())
    store, accounts, queue = open_store(path), open_accounts(path), open_queue(path, HASTY)
    perform = Performer(store, accounts, queue)
    desk = Desk(store, queue, Workers(queue, perform, lambda _: {}, threads=0))
    file = {"value": base64.b64encode(ROWS.encode()).decode(), "name": "井盖.csv"}
    inputs = {"kind": "manhole_cover", "file": file, "datum": "WGS84"}
    inputs |= {} if key is None else {"key": key}
    order = desk.read("import", json.dumps({"inputs": inputs}).encode(), OWNER)
    job = desk.submit(order, OWNER, "zh")
    told: list[Any] = []
    for worker in ("lost", "next"):
        taken = queue.claim(worker)
        assert taken is not None
        done = perform(taken, Steps(queue, taken))
        told.append({one.name: one.content for one in done.files})
        if worker == "lost":  # killed before it could say so
            assert queue.requeue_lost() == 1
            with pytest.raises(JobFinalError):
                queue.dismiss(job.id)
        else:
            assert queue.finish(taken, done)
    changeset = store.changesets()[-1].id
    assert {name: told[0][name] for name in told[0]} == told[1]
    report = json.loads(told[1]["report"])
    assert (report["added"], report["rejected"]) == (1, 1)
    assert (report["written"], report["changeset"]) == (True, changeset)
    assert len(store.imports("manhole_cover")) == 1
    assert store.import_of_job(job.id) == changeset
    assert queue.job(job.id).state is JobState.SUCCESSFUL
    for each in (queue, accounts, store):
        each.close()
