"""Laws of sheets: whatever stands in one, every line of it is accounted for."""

import csv
import shutil
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers import Store, create_store, open_store
from layers.importing import ImportOptions, Mapping, SourceOptions, import_file, read_source
from layers.importing.errors import DatumNotDegreesError, SourceEmptyError
from layers.importing.readers import PASSED_OVER
from tests.layers.importing.survey import assert_accounted
from tests.layers.importing.zoo.sheets import write_workbook

HEADER = ["编号", "名称", "经度", "纬度", "直径（米）", "调查日期"]
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
CELLS = st.one_of(
    st.none(),
    TEXTS,
    st.integers(-10, 10**17),
    st.floats(0, 200, allow_nan=False),
    st.sampled_from(
        [
            "合计",
            "小计",
            "必填",
            "1.2E+14",
            "约3米",
            "2026年3月5日",
            "126°30′",
            "-",
            "无",
            '"',
            "\n",
        ]
    ),
)
LINES = st.lists(
    st.one_of(
        st.lists(CELLS, max_size=8),
        st.just(HEADER),
        st.just([]),
        st.tuples(st.integers(1, 5), TEXTS, st.floats(126, 127), st.floats(41, 42)).map(list),
    ),
    min_size=1,
    max_size=12,
)


def as_csv(lines: list[list[object]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def passed_over(remarks: tuple[object, ...]) -> int:
    counts = [
        each.values["count"]  # type: ignore[attr-defined]
        for each in remarks
        if each.code in PASSED_OVER  # type: ignore[attr-defined]
    ]
    return sum(counts)


def last_filled(lines: list[list[object]]) -> int:
    filled = [
        number
        for number, line in enumerate(lines, start=1)
        if any(cell is not None and str(cell).strip() for cell in line)
    ]
    return max(filled)


@settings(max_examples=150, deadline=None)
@given(lines=LINES)
def test_header_rows_and_what_was_passed_over_make_up_the_sheet(lines: list[list[object]]) -> None:
    everything: list[list[object]] = [
        [*HEADER],
        *lines,
        ["Z9", "末行", 126.5, 42.0, 1, "2026-01-01"],
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(as_csv(everything))
        source = read_source(path, SourceOptions(headings=frozenset(HEADER)))
        levels = [r.values["rows"] for r in source.remarks if r.code == "header_of_two_lines"]
        header = len(levels[0]) if levels else 1  # type: ignore[arg-type]
        assert header + len(source) + passed_over(source.remarks) == last_filled(everything)
        assert sorted(set(source.row_numbers.tolist())) == source.row_numbers.tolist()


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create one store that each example takes a copy of."""
    path = tmp_path_factory.mktemp("every_line") / "empty.gpkg"
    create_store(path, metric_crs="EPSG:4551").close()
    return path


@settings(max_examples=25, deadline=None)
@given(lines=LINES, keyed=st.booleans(), workbook=st.booleans())
def test_every_row_goes_somewhere(
    empty_store: Path, lines: list[list[object]], keyed: bool, workbook: bool
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        store: Store = open_store(shutil.copy(empty_store, folder / "city.gpkg"))
        everything: list[list[object]] = [[*HEADER], *lines]
        if workbook:
            path = write_workbook(folder / "a.xlsx", everything)
        else:
            path = folder / "a.csv"
            path.write_bytes(as_csv(everything))
        options = ImportOptions(datum="WGS84", mapping=Mapping(key=("编号",) if keyed else ()))
        try:
            report = import_file(store, "granite_ball", path, options)
        except (SourceEmptyError, DatumNotDegreesError):
            assert not store.count("granite_ball")
            return
        finally:
            written = store.count("granite_ball")
            store.close()
        assert_accounted(report)
        assert report.added == written
        taken = {p.row for p in report.problems if p.severity == "warning"}
        rejected = {p.row for p in report.problems if p.severity == "error"}
        assert len(taken - rejected) == report.warned
