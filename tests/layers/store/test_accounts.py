"""Accounts on both backends: who is let in, what each may do, and that nothing secret is kept."""

import datetime as dt
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import text

from layers.accounts import Accounts, By, Passwords, Standing, Visitor, journal, migrating
from layers.accounts import sessions as sessions_module
from layers.accounts.database import accounts_database, accounts_path
from layers.accounts.errors import (
    AccountNameError,
    AccountTakenError,
    AccountUnknownError,
    GrantLimitError,
    GrantUnknownError,
    LastAdministratorError,
    PasswordUnfitError,
    RoleUnknownError,
    SignInRefusedError,
    TokenUnknownError,
)
from layers.accounts.schema import METADATA
from layers.errors import NotAStoreError, StoreTooNewError
from layers.kinds import KINDS
from layers.store import Scope, Verb

BY = By(who="tester", origin="here", request_id="r1")
WORD = "correct horse battery"
QUICK = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))


@pytest.fixture
def accounts(place: str | Path) -> Iterator[Accounts]:
    opened = Accounts(accounts_database(place), QUICK)
    yield opened
    opened.close()


@pytest.fixture
def chief(accounts: Accounts) -> Accounts:
    accounts.people.add("chief", WORD, by=BY, role="administrator")
    return accounts


def visit(accounts: Accounts, **shown: str | bool) -> Visitor | None:
    return accounts.visitor(KINDS, **shown)  # type: ignore[arg-type]  # as the tests name them


def test_nothing_is_made_until_somebody_is_added(accounts: Accounts, place: str | Path) -> None:
    assert not accounts.have_administrator()
    assert not any([accounts.people.all(), accounts.tokens.all(), accounts.journal.last(5)])
    owner, stranger = visit(accounts, is_owner=True), visit(accounts)
    assert owner is not None
    assert owner.scope == Scope.all()
    assert owner.standing is Standing.OWNER
    assert stranger is not None
    assert stranger.scope == Scope.nothing()
    with pytest.raises(SignInRefusedError):
        accounts.sessions.begin("chief", WORD, by=BY)
    with closing(accounts_database(place)) as database:
        assert not database.exists()


@pytest.mark.both_backends
def test_who_signs_in_is_known_until_the_session_is_taken_away(chief: Accounts) -> None:
    secret = chief.sessions.begin("ＣＨＩＥＦ ", WORD, by=BY)  # as an input method may write it
    found = visit(chief, session=secret, is_owner=True)
    assert found is not None
    assert found.name == "chief"
    assert found.administers
    assert found.scope == Scope.all()
    assert [each.origin for each in chief.sessions.of(found.account_id)] == ["here"]
    other = chief.sessions.begin("chief", WORD, by=BY)
    chief.sessions.end(secret, by=BY)
    left = [visit(chief, session=each) for each in (secret, other)]
    assert [each is not None and each.is_known for each in left] == [False, True]
    chief.people.set_password("chief", "another long one", by=BY)
    again = visit(chief, session=other)
    assert again is not None
    assert again.scope == Scope.nothing()
    with pytest.raises(SignInRefusedError):
        chief.sessions.begin("chief", WORD, by=BY)


def test_sessions_end_by_themselves(chief: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = chief.sessions.begin("chief", WORD, by=BY)
    begun = journal.now()

    def known_after(passed: dt.timedelta) -> bool:
        monkeypatch.setattr(journal, "now", lambda: begun + passed)
        found = visit(chief, session=secret)
        return found is not None and found.is_known

    hours = [dt.timedelta(hours=each) for each in range(0, 7 * 24, 11)]
    assert all(known_after(each) for each in hours)  # each use lengthens it
    assert not known_after(sessions_module.LASTING + dt.timedelta(minutes=1))
    monkeypatch.setattr(journal, "now", lambda: begun)
    idle = chief.sessions.begin("chief", WORD, by=BY)
    monkeypatch.setattr(journal, "now", lambda: begun + sessions_module.IDLE)
    found = visit(chief, session=idle)
    assert found is not None
    assert not found.is_known


@pytest.mark.both_backends
def test_tokens_are_shown_once_and_can_be_taken_back(chief: Accounts, place: str | Path) -> None:
    account = chief.people.named("chief")
    token = chief.tokens.make(account, by=BY, label="QGIS", read_only=True)
    (kept,) = chief.tokens.all(account)
    assert token.startswith(f"gg_{kept.prefix}_")
    assert kept.used_at is None
    assert kept.is_valid
    found = visit(chief, token=token)
    assert found is not None
    assert not found.administers
    assert found.standing is Standing.TOKEN
    assert found.scope.allows(Verb.READ, "building")
    assert not found.scope.allows(Verb.UPDATE, "building")
    assert chief.tokens.all()[0].used_at is not None
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert all(visit(chief, token=each) is None for each in (wrong, "", "gg_", "gg_x_y", token * 2))
    short = chief.tokens.make(account, by=BY, lasting=dt.timedelta(seconds=-1))
    assert visit(chief, token=short) is None
    secret = chief.sessions.begin("chief", WORD, by=BY)
    # None of the secrets is kept.
    with closing(accounts_database(place)) as database, database.reading() as connection:
        rows = [str(connection.execute(table.select()).all()) for table in METADATA.sorted_tables]
    assert not any(each in "".join(rows) for each in (token, secret, WORD))
    chief.tokens.revoke(kept.prefix, by=BY)
    assert visit(chief, token=token) is None
    for prefix in (kept.prefix, "nobody"):
        with pytest.raises(TokenUnknownError):
            chief.tokens.revoke(prefix, by=BY)


def test_a_disabled_account_does_nothing(chief: Accounts) -> None:
    chief.people.add("li", WORD, by=BY, role="planner")
    session = chief.sessions.begin("li", WORD, by=BY)
    token = chief.tokens.make(chief.people.named("li"), by=BY)
    chief.people.disable("li", by=BY)
    assert visit(chief, token=token) is None
    assert visit(chief, session=session).is_known is False  # type: ignore[union-attr]  # a session is never refused
    with pytest.raises(SignInRefusedError):
        chief.sessions.begin("li", WORD, by=BY)
    chief.people.enable("li", by=BY)
    assert visit(chief, token=token) is None
    chief.sessions.begin("li", WORD, by=BY)


def test_what_is_granted_is_what_may_be_done(chief: Accounts) -> None:
    chief.people.add("li", WORD, by=BY)
    session = chief.sessions.begin("li", WORD, by=BY)
    assert visit(chief, session=session).scope == Scope.nothing()  # type: ignore[union-attr]  # as above
    survey = chief.people.grant("li", "surveyor", by=BY, unit_uid="u1", kinds=["building", "grid"])
    chief.people.grant("li", "viewer", by=BY, unit_uid="u2")
    chief.openings.open("road", by=BY)
    chief.openings.open("building", by=BY)
    scope = visit(chief, session=session).scope  # type: ignore[union-attr]  # as above
    assert scope.units_for(Verb.READ, "building") == {"u1", "u2"}
    assert scope.units_for(Verb.UPDATE, "building") == {"u1"}
    assert not scope.allows(Verb.UPDATE, "grid")
    assert not scope.allows(Verb.DELETE, "building")
    assert scope.units_for(Verb.READ, "road") == {"u2"}
    assert not scope.hidden_fields("building")
    public = visit(chief).scope  # type: ignore[union-attr]  # as above
    assert public.units_for(Verb.READ, "building") is None
    assert public.hidden_fields("building") >= {"households", "population"}
    assert not public.allows(Verb.READ, "grid")
    chief.people.revoke("li", survey.number, by=BY)
    chief.openings.close("road", by=BY)
    assert chief.openings.all() == {"building"}
    scope = visit(chief, session=session).scope  # type: ignore[union-attr]  # as above
    assert scope.units_for(Verb.READ, "building") == {"u2"}


def test_there_is_always_an_administrator(chief: Accounts) -> None:
    (grant,) = chief.people.named("chief").grants
    for take_away in (
        lambda: chief.people.disable("chief", by=BY),
        lambda: chief.people.revoke("chief", grant.number, by=BY),
        lambda: chief.people.add("second", WORD, by=BY, role="administrator", first=True),
    ):
        with pytest.raises(LastAdministratorError):
            take_away()
    assert chief.have_administrator()
    chief.people.add("second", WORD, by=BY, role="administrator")
    chief.people.disable("chief", by=BY)
    assert [each.disabled_at is None for each in chief.people.all()] == [False, True]


def test_what_is_refused(chief: Accounts) -> None:
    people = chief.people
    refused: list[tuple[type[Exception], Callable[[], object]]] = [
        (AccountTakenError, lambda: people.add("Chief", WORD, by=BY)),
        (AccountNameError, lambda: people.add(" ", WORD, by=BY)),
        (AccountNameError, lambda: people.add("a\u202eb", WORD, by=BY)),
        (AccountNameError, lambda: people.add("x" * 65, WORD, by=BY)),
        (PasswordUnfitError, lambda: people.add("wang", "short", by=BY)),
        (PasswordUnfitError, lambda: people.add("wang", "x" * 201, by=BY)),
        (PasswordUnfitError, lambda: people.add("wang jianguo", "WANG JIANGUO", by=BY)),
        (RoleUnknownError, lambda: people.add("wang", WORD, by=BY, role="king")),
        (RoleUnknownError, lambda: people.grant("chief", "king", by=BY)),
        (GrantLimitError, lambda: people.grant("chief", "administrator", by=BY, kinds=["road"])),
        (AccountUnknownError, lambda: people.named("chef")),
        (AccountUnknownError, lambda: people.disable("wang", by=BY)),
        (GrantUnknownError, lambda: people.revoke("chief", 99, by=BY)),
    ]
    for error, attempt in refused:
        with pytest.raises(error):
            attempt()
    assert [each.name for each in people.all()] == ["chief"]


def test_the_journal_tells_who_did_what(chief: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SignInRefusedError):
        chief.sessions.begin("chief", "wrong password", by=BY)
    last = chief.journal.last(2)
    assert [(each.deed, each.result) for each in last] == [
        ("signed_in", "refused"), ("granted", "done"),
    ]  # fmt: skip
    assert (last[0].who, last[0].origin, last[0].request_id) == ("tester", "here", "r1")
    monkeypatch.setattr(journal, "KEPT", 3)
    monkeypatch.setattr(journal, "_SWEPT_EVERY", 1)
    for _ in range(5):
        chief.journal.note(BY, "x" * 3, "y" * 999)
    assert [len(each.subject) for each in chief.journal.last(9)] == [200] * 3


@pytest.mark.both_backends
def test_the_tables_are_as_declared_up_and_down(place: str | Path) -> None:
    database = accounts_database(place)
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts=migrating.options())
        assert compare_metadata(context, METADATA) == []
    with database.writing() as connection:
        migrating.migrate_down(connection, revision="base")
        migrating.migrate(connection)
    database.close()


def test_what_is_not_ours_is_refused(place: str | Path) -> None:
    database = accounts_database(place)
    with database.writing() as connection:
        connection.execute(text("UPDATE gga_alembic_version SET version_num = '9999'"))
    database.close()
    again = accounts_database(place)
    with pytest.raises(StoreTooNewError), again.reading():
        pass
    again.close()


def test_the_file_is_its_owners_alone(path: Path, accounts: Accounts) -> None:
    accounts.people.add("chief", WORD, by=BY)
    file = accounts_path(path)
    assert file.name == "town.accounts.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = path.with_name("other.gpkg")
    accounts_path(other).write_bytes(path.read_bytes())
    strange = accounts_database(other)
    with pytest.raises(NotAStoreError), strange.reading():
        pass
    strange.close()


@pytest.mark.both_backends
def test_all_processes_count_attempts_together(
    chief: Accounts, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = journal.now()
    with closing(Accounts(accounts_database(place), QUICK)) as other:
        turns = [(chief, other)[n % 2].attempts.count("10.0.0.1", "Wang") for n in range(7)]
        assert turns[:5] == [0] * 5
        assert all(0 < wait <= 60 for wait in turns[5:])
        assert other.attempts.count("10.0.0.2", "wang li") == 0  # another address, another name
        assert other.attempts.count("10.0.0.2", " WANG ") > 0
        other.attempts.forget("wang")
        assert chief.attempts.count("10.0.0.3", "wang") == 0
        by_address = [other.attempts.count("10.0.0.9", f"name {n}") for n in range(21)]
        assert by_address[:20] == [0] * 20
        assert by_address[20] > 0
        monkeypatch.setattr(journal, "now", lambda: begun + dt.timedelta(minutes=2))
        assert chief.attempts.count("10.0.0.9", "name 0") == 0


@pytest.mark.both_backends
def test_a_set_up_code_is_known_to_every_process_until_there_is_an_administrator(
    accounts: Accounts, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert accounts.attempts.count("10.0.0.1", "") == 0
    assert not accounts.setup_codes.knows("x")
    code, second = accounts.setup_codes.make(), accounts.setup_codes.make()
    assert code is not None
    assert second is not None
    with closing(Accounts(accounts_database(place), QUICK)) as other:
        assert other.setup_codes.knows(f" {code}\n")
        assert not other.setup_codes.knows(code[:-1])
        later = journal.now() + dt.timedelta(hours=25)
        with monkeypatch.context() as patched:
            patched.setattr(journal, "now", lambda: later)
            assert not other.setup_codes.knows(code)
        other.people.add("chief", WORD, by=BY, role="administrator", first=True)
        other.setup_codes.forget_all()
        assert other.setup_codes.make() is None
    assert not any(accounts.setup_codes.knows(each) for each in (code, second))


@pytest.mark.both_backends
def test_two_that_come_first_at_once_do_not_both_administer(place: str | Path) -> None:
    both = [Accounts(accounts_database(place), QUICK) for _ in range(2)]
    both[0].setup_codes.make()
    with ThreadPoolExecutor(2) as pool:
        made = [
            pool.submit(each.people.add, name, WORD, by=BY, role="administrator", first=True)
            for each, name in zip(both, ("one", "two"), strict=True)
        ]
        refusals = [each.exception() for each in made]
    assert [type(each) for each in refusals if each] == [LastAdministratorError]
    assert len(both[0].people.all()) == 1
    for each in both:
        each.close()


def test_what_was_typed_in_place_of_a_name_is_written_down_nowhere(
    chief: Accounts, path: Path
) -> None:
    with pytest.raises(SignInRefusedError):
        chief.sessions.begin(WORD, "chief", by=By(who=WORD, origin="here"))
    chief.attempts.count("10.0.0.1", WORD)
    assert (chief.journal.last(1)[0].who, chief.journal.last(1)[0].result) == ("-", "refused")
    chief.close()
    kept = b"".join(each.read_bytes() for each in path.parent.glob("*.accounts.sqlite*"))
    assert WORD.encode() not in kept
