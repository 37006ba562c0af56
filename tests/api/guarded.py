"""A city whose pages are held to rights, and how a test gives them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from layers import open_store
from layers.accounts import Accounts, By, Passwords

HTML = {"Accept": "text/html"}
WORD = "correct horse battery"
BY = By(who="tester", origin="here")
QUICK = Passwords(PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))


@dataclass
class House:
    """A city with accounts, and its pages."""

    pages: TestClient
    accounts: Accounts
    path: Path

    def token(self, name: str) -> dict[str, str]:
        made = self.accounts.tokens.make(self.accounts.people.named(name), by=BY)
        return {"Authorization": f"Bearer {made}"}


def as_told(answer: Any, name: str = "", called: str = "") -> tuple[bytes, dict[str, str]]:
    """Give all that an answer tells, with one name for another."""
    headers = {k: v for k, v in answer.headers.items() if k not in {"x-request-id", "date"}}
    if not name:
        return answer.content, headers
    told = {key: value.replace(name, called) for key, value in headers.items()}
    return answer.content.replace(name.encode(), called.encode()), told


def grant(
    house: House, name: str, role: str, *, unit: str | None, kinds: set[str] | None = None
) -> None:
    if name not in {each.name for each in house.accounts.people.all()}:
        house.accounts.people.add(name, WORD, by=BY)
    store = open_store(house.path)
    codes = {
        code: uid
        for level in ("grid", "community")
        for uid, code in store.read(level, columns=["code"])["code"].items()
    }
    store.close()
    uid = None if unit is None else codes[unit]
    house.accounts.people.grant(name, role, by=BY, unit_uid=uid, kinds=kinds)
