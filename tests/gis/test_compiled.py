"""Machine code where it cannot be kept beside the package: in each process it works."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gis

PROGRAM = """
import sys
import numpy as np
from gis.walks import _distance_transform as loops

assert loops._find.py_func.__code__.co_filename.startswith(sys.argv[1])
way = loops.nearest_occupied(np.array([0, 1, 1, 1, 1]), 2, 2)  # of four cells, the first
assert way.tolist() == [[0, 0], [-1, 0], [0, -1], [-1, -1]]
print(sum(loops._find.stats.cache_hits.values()), loops._find.stats.cache_path)
"""


def run(package: Path, temporary: Path) -> list[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(package),
        "HOME": "/dev/null/nobody",
        "XDG_CACHE_HOME": "/dev/null/nobody",
        "TMPDIR": str(temporary),
    }
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROGRAM, str(package)],
        env=environment, capture_output=True, text=True, check=False, cwd=package,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_importing_gis_loads_neither_the_compiler_nor_scipy() -> None:
    # Both are slow to load, and most questions of a command line need neither.
    program = "import sys, gis; print({'numba', 'scipy', 'highspy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


@pytest.mark.skipif(sys.platform == "win32", reason="paths below a file are told otherwise")
def test_a_read_only_package_without_a_home_keeps_its_code_among_temporary_files(
    tmp_path: Path,
) -> None:
    package, temporary = tmp_path / "package", tmp_path / "temporary"
    temporary.mkdir()
    source = Path(gis.__file__).parent
    shutil.copytree(source, package / "gis", ignore=shutil.ignore_patterns("__pycache__"))
    # Even root cannot make a folder where there is a file.
    for folder in (package / "gis", *(package / "gis").glob("*/")):
        (folder / "__pycache__").write_text("")
    hits, where = run(package, temporary)
    assert (hits, where.startswith(str(temporary))) == ("0", True)
    assert run(package, temporary)[0] == "1"
    (folder,) = temporary.glob("greengrid-machine-code-*")
    assert folder.stat().st_mode & 0o077 == 0
    # Somebody else may write there: then nothing is read from it.
    folder.chmod(0o777)
    assert run(package, temporary) == ["0", "None"]
    # And without any temporary folder of ours at all.
    shutil.rmtree(folder)
    folder.write_text("")
    assert run(package, temporary) == ["0", "None"]
