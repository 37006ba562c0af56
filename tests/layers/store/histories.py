"""Histories that hypothesis makes up, step by step, and what must hold after each step."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from itertools import count
from pathlib import Path

import hypothesis.strategies as st
import pytest
import shapely
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from layers.errors import UndoRefusedError
from layers.kinds import KINDS
from tests.layers.store.chronicle import (
    FIELDS,
    Chronicle,
    Delete,
    Edit,
    Insert,
    Update,
    Values,
    is_valid_on,
)
from tests.layers.store.features import (
    DAYS,
    REFUSED,
    columns_of,
    survey_values,
    touches,
    values,
)
from tests.layers.store.witness import Witness, save_survey

# Makes a new, empty store on each backend and says where they are.
Places = Callable[[], tuple[str | Path, ...]]

_KINDS = st.sampled_from(sorted(FIELDS))
# Kinds of which files come, and what the files say; their codes are given to nothing else, so that
# each names one feature.
_SURVEYS = {"adopter": ("name", "households"), "building": ("name", "floors", "geometry")}
_ROWS_OF_FILE = 4


class Stores(RuleBasedStateMachine):
    """Tell the same to a store on each backend and to the chronicle; compare what they say."""

    places: Places
    folder: Path
    finish: Callable[[Witness], None]
    # Whether all layers are compared as of all changesets at the end, or one layer each time.
    thorough = False

    def __init__(self) -> None:
        super().__init__()
        self.witnesses = [Witness(place) for place in type(self).places()]
        self.chronicle = Chronicle()
        self.number = count()
        self.gone: dict[str, list[str]] = {kind: [] for kind in FIELDS}
        self.unseen: dict[str, str] = {}
        self.checked = 0

    def teardown(self) -> None:
        try:
            self._look()
            kinds = sorted(FIELDS)
            for number in range(self.chronicle.last + 1):
                for kind in kinds if self.thorough else [kinds[number % len(kinds)]]:
                    self._compare(kind, number)
            recorded = [
                [each.recorded_at for each in witness.store.changesets()]
                for witness in self.witnesses
            ]
            assert recorded == [sorted(times) for times in recorded]
        finally:
            for witness in self.witnesses:
                witness.store.close()
        for witness in self.witnesses:
            type(self).finish(witness)

    # ---------------------------------------------------------------- what happens

    @initialize()
    def divide(self) -> None:
        """Begin with two grids side by side, so that things lie somewhere."""
        rows = {
            f"grid {n}": {
                "code": f"g{n}",
                "geometry": shapely.box(126 + n / 500, 42, 126.002 + n / 500, 42.004),
            }
            for n in range(2)
        }
        self._write([Insert("grid", rows, gives_uids=True)])

    @rule(data=st.data())
    def change(self, data: st.DataObject) -> None:
        """Write several edits as one changeset."""
        self._look()
        edits = self._draw_edits(data)
        self._write(edits)

    @rule(data=st.data(), refused=st.sampled_from(sorted(REFUSED)))
    def change_in_vain(self, data: st.DataObject, refused: str) -> None:
        """Break off in the middle of a changeset: nothing has happened."""
        self._look()
        edits = self._draw_edits(data, gives_uids=True)
        self.chronicle.roll_back()
        refusal, bad = REFUSED[refused]
        for witness in self.witnesses:
            before = witness.names_known()
            with pytest.raises(refusal):
                witness.write(edits, "hasty", then=bad)
            witness.forget_all_but(before)

    @rule(data=st.data(), kind=st.sampled_from(sorted(_SURVEYS)))
    def survey(self, data: st.DataObject, kind: str) -> None:
        """Import a file of which some rows are known, some changed, and one may be of no use."""
        self._look()
        columns = _SURVEYS[kind]
        codes = st.sampled_from([f"{kind} {n}" for n in range(_ROWS_OF_FILE)])
        rows = {
            code: {"code": code, **data.draw(survey_values(kind, columns), label=code)}
            for code in data.draw(st.lists(codes, min_size=1, unique=True), label="codes")
        }
        useless = int("geometry" in columns and data.draw(st.booleans(), label="a useless row"))
        path = save_survey(self.folder / f"survey-{next(self.number)}", kind, rows, useless=useless)
        known = {code: self._called(kind, code) for code in rows}
        new = {code: f"{code} #{next(self.number)}" for code in rows if not known[code]}
        changed = {
            names[0]: rows[code]
            for code, names in known.items()
            if len(names) == 1 and self._differs(kind, names[0], rows[code])
        }
        ambiguous = sum(len(names) > 1 for names in known.values())
        self.chronicle.apply(Insert(kind, {new[code]: rows[code] for code in new}, False))
        self.chronicle.apply(Update(kind, changed))
        self.chronicle.commit("importer")
        for witness in self.witnesses:
            report = witness.take(kind, path, new)
            assert (report.added, report.changed) == (len(new), len(changed))
            assert report.rejected == useless + ambiguous, report.problems

    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        """Take one changeset back, unless later ones made something else of its features."""
        self._look()
        number = data.draw(st.integers(1, self.chronicle.last), label="number")
        back = self.chronicle.way_back(number, number - 1)
        if self.chronicle.is_in_the_way(back, number):
            for witness in self.witnesses:
                with pytest.raises(UndoRefusedError):
                    witness.store.undo(number, author="undoer")
            return
        self._expect(back, "undoer")
        for witness in self.witnesses:
            witness.store.undo(number, author="undoer")

    @rule()
    def undo_twice(self) -> None:
        """Take the last changeset back, and that again: the states before and after it."""
        self._look()
        last = self.chronicle.last
        for number, becomes in ((last, last - 1), (last + 1, last)):
            self._expect(self.chronicle.way_back(self.chronicle.last, becomes), "undoer")
            if self.chronicle.last != number + 1:
                return  # that changeset had left everything as it was
            assert self.chronicle.states[-1] == self.chronicle.states[becomes]
            for witness in self.witnesses:
                assert witness.store.undo(number, author="undoer") == number + 1

    @rule(data=st.data(), kinds=st.sets(_KINDS, min_size=1, max_size=3))
    def restore(self, data: st.DataObject, kinds: set[str]) -> None:
        """Bring layers back to what they were."""
        self._look()
        number = self._draw_number(data)
        self._expect(self.chronicle.way_back(self.chronicle.last, number, kinds), "restorer")
        for witness in self.witnesses:
            witness.store.restore(kinds, as_of=number, author="restorer")

    @rule(data=st.data())
    def edit_directly(self, data: st.DataObject) -> None:
        """Let another program edit, in one sitting; the stores do not look yet."""
        edits = self._draw_edits(data, direct=True)
        for witness in self.witnesses:
            witness.edit_directly(edits)

    @rule(which=st.sampled_from([0, 1]))
    def reopen(self, which: int) -> None:
        """Come back as another process."""
        self.witnesses[which].reopen()

    # ---------------------------------------------------------------- what is asked

    @rule(data=st.data(), kind=_KINDS)
    def read_the_past(self, data: st.DataObject, kind: str) -> None:
        self._look()
        self._compare(kind, self._draw_number(data))

    @rule(data=st.data(), kind=_KINDS)
    def walk_over_differences(self, data: st.DataObject, kind: str) -> None:
        self._look()
        one, other, third = (self._draw_number(data) for _ in range(3))
        for witness in self.witnesses:
            told = witness.tells_by_difference(kind, one, other, third)
            assert told == self.chronicle.states[third][kind]

    @rule(data=st.data(), kind=_KINDS)
    def read_as_of_a_time(self, data: st.DataObject, kind: str) -> None:
        self._look()
        number = self._draw_number(data)
        for witness in self.witnesses:
            recorded = [each.recorded_at for each in witness.store.changesets()]
            moment = dt.datetime(1, 1, 1, tzinfo=dt.UTC) if number == 0 else recorded[number - 1]
            then = sum(each <= moment for each in recorded)
            assert witness.tells(kind, as_of=moment) == self.chronicle.states[then][kind]

    @rule(data=st.data(), kind=_KINDS, day=st.sampled_from(DAYS))
    def read_what_is_valid(self, data: st.DataObject, kind: str, day: dt.date) -> None:
        self._look()
        number = self._draw_number(data)
        expected = {
            name: row
            for name, row in self.chronicle.states[number][kind].items()
            if is_valid_on(row, day)
        }
        for witness in self.witnesses:
            assert witness.tells(kind, as_of=number, on=day) == expected

    @rule(data=st.data(), kind=_KINDS, west=st.integers(0, 12))
    def read_a_window(self, data: st.DataObject, kind: str, west: int) -> None:
        self._look()
        if not KINDS[kind].is_spatial:
            return
        number = self._draw_number(data)
        window = (126 + west / 3e3, 42.0003, 126 + (west + 2) / 3e3, 42.0012)
        expected = {
            name: row
            for name, row in self.chronicle.states[number][kind].items()
            if touches(row["geometry"], window)
        }
        for witness in self.witnesses:
            assert witness.tells(kind, as_of=number, bbox=window) == expected

    @invariant()
    def what_was_written_stands(self) -> None:
        """Compare the layers of the last changeset, unless a look would disturb what is pending."""
        if self.chronicle.is_pending or self.checked == self.chronicle.last:
            return
        self.checked = self.chronicle.last
        kinds = set(self.chronicle.entries[-1].changes)
        for kind in kinds:
            self._compare(kind, None)
        for witness in self.witnesses:
            assert witness.entries() == self.chronicle.entries
            assert not [row for kind in kinds for row in witness.unreplayed(kind)]
        # A change of units moves what lies in them: two other layers stand for all.
        moved = {"building", "manhole_cover"} if "grid" in kinds else set()
        for kind in moved | {kind for kind in kinds if KINDS[kind].is_spatial}:
            one, other = (witness.grids(kind) for witness in self.witnesses)
            assert one == other == self.witnesses[0].grids_anew(kind)

    # ---------------------------------------------------------------- how

    def _look(self) -> None:
        """Have the stores adopt what was edited directly."""
        if not self.chronicle.is_pending:
            return
        self.chronicle.commit("direct")
        for witness in self.witnesses:
            for kind in set(self.unseen.values()):
                witness.name_by_code(kind, {name: name for name in self.unseen})
        self.unseen = {}

    def _write(self, edits: list[Edit]) -> None:
        if not self.chronicle.is_pending:
            for edit in edits:
                self.chronicle.apply(edit)
        self.chronicle.commit("editor")
        for witness in self.witnesses:
            assert witness.write(edits, "editor") == self.chronicle.last

    def _expect(self, edits: list[Edit], author: str) -> None:
        """Write into the chronicle what the stores are about to find out by themselves."""
        for edit in edits:
            self.chronicle.apply(edit)
        self.chronicle.commit(author)

    def _called(self, kind: str, code: str) -> list[str]:
        here = self.chronicle.now[kind]
        return [name for name, row in here.items() if row["code"] == code]

    def _compare(self, kind: str, number: int | None) -> None:
        at = self.chronicle.last if number is None else number
        for witness in self.witnesses:
            assert witness.tells(kind, as_of=number) == self.chronicle.states[at][kind]
            revision = witness.store.revisions([kind], as_of=number)[kind]
            assert revision == self.chronicle.revision(kind, at)

    def _differs(self, kind: str, name: str, row: Values) -> bool:
        trial = Chronicle([self.chronicle.states[-1]])
        trial.apply(Update(kind, {name: row}))
        return trial.now[kind][name] != self.chronicle.now[kind][name]

    def _draw_number(self, data: st.DataObject) -> int:
        return data.draw(st.integers(0, self.chronicle.last), label="as of")

    def _draw_edits(self, data: st.DataObject, **how: bool) -> list[Edit]:
        """Draw edits, each possible after the one before, and write them into the chronicle."""
        edits = []
        for _ in range(data.draw(st.integers(1, 3), label="edits")):
            edit = self._draw_edit(data, **how)
            self.chronicle.apply(edit)
            edits.append(edit)
        return edits

    def _draw_edit(
        self, data: st.DataObject, *, gives_uids: bool | None = None, direct: bool = False
    ) -> Edit:
        kind = data.draw(_KINDS, label="kind")
        there = sorted(set(self.chronicle.now[kind]) - set(self.unseen))
        do = data.draw(st.sampled_from(["insert", "update", "delete", "return"]), label="do")
        gone = [name for name in self.gone[kind] if name not in self.chronicle.now[kind]]
        if do == "return" and gone:
            return self._insert(data, kind, [data.draw(st.sampled_from(gone))], gives_uids=True)
        if do in {"insert", "return"} or not there:
            if gives_uids is None:
                gives_uids = data.draw(st.booleans(), label="gives uids")
            names = [f"new {next(self.number)}" for _ in range(data.draw(st.integers(1, 3)))]
            return self._insert(data, kind, names, gives_uids=gives_uids, direct=direct)
        names = data.draw(st.lists(st.sampled_from(there), min_size=1, max_size=3, unique=True))
        if do == "delete":
            self.gone[kind] += [name for name in names if name.startswith("new")]
            return Delete(kind, tuple(names))
        columns = [each for each in columns_of(kind) if each != "code" or kind not in _SURVEYS]
        chosen = data.draw(st.lists(st.sampled_from(columns), min_size=1, unique=True))
        drawn = values(kind, tuple(chosen))
        return Update(kind, {name: data.draw(drawn, label=name) for name in names})

    def _insert(
        self,
        data: st.DataObject,
        kind: str,
        names: list[str],
        *,
        gives_uids: bool,
        direct: bool = False,
    ) -> Insert:
        drawn = values(kind, columns_of(kind))
        rows = {name: data.draw(drawn, label=name) for name in names}
        if direct and not gives_uids:  # only by their codes are they known afterwards
            rows = {name: {**row, "code": name} for name, row in rows.items()}
            self.unseen |= dict.fromkeys(names, kind)
        return Insert(kind, rows, gives_uids=gives_uids)
