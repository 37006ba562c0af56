"""The installed program as a process of its own: pages served, ended by Ctrl+C, found again."""

import re
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.api.cli.shell import fingerprint, names_in
from tests.serving import GREENGRID, PATIENCE_S, clean_environment, fetch, run, served

AGAIN_AFTER_S = 7


def test_the_program_is_installed_and_speaks_chinese_by_itself(tmp_path: Path) -> None:
    said = run("log", cwd=tmp_path)
    assert said.returncode == 2
    assert "没有指定数据库" in said.stderr
    assert run("--help", cwd=tmp_path).returncode == 0


def test_a_store_is_served_until_interrupted(store: Path) -> None:
    before = fingerprint(store, besides="gg_run")  # looking at a figure keeps its run
    with served("serve", "--store", store, cwd=store.parent) as (url, said):
        assert re.match(r"http://127\.0\.0\.1:\d+/$", url)
        assert "Ctrl+C" in said
        assert fetch(f"{url}healthz")
        assert "测试" not in said
    assert fingerprint(store, besides="gg_run") == before


def test_ctrl_c_in_the_middle_of_the_work_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [GREENGRID, "demo", "--port", "0"],
        cwd=tmp_path, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + PATIENCE_S
        while not names_in(tmp_path) and process.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        complaints = press_ctrl_c(process)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, complaints
    assert "已中断" in complaints
    assert "Traceback" not in complaints
    assert names_in(tmp_path) == set()


def press_ctrl_c(process: subprocess.Popen[str]) -> str:
    """Press until it ends, as people do: Python loses a signal that comes while it tidies up.

    Not so late that the work is done by then, nor so soon that it disturbs who takes it back.
    """
    for _ in range(PATIENCE_S // AGAIN_AFTER_S):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=AGAIN_AFTER_S)[1]
    pytest.fail("it goes on")
