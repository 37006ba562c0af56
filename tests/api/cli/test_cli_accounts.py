"""Accounts from the command line: what an administrator does, and what it prints."""

import io
import json
from pathlib import Path

import pytest

from layers import open_store
from layers.accounts import open_accounts
from layers.store import Verb
from tests.api.cli.shell import Shell

WORD = "correct horse battery"


def test_from_the_first_account_to_a_token(
    greengrid: Shell, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(text: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    monkeypatch.setenv("DATABASE_URL", str(store))
    assert "no administrator" in greengrid("account", "list").err
    for words in (["account", "disable", "wang"], ["token", "revoke", "x"]):
        greengrid(*words, code=2)
    typed(f"{WORD}\n")
    greengrid("account", "add", "李规划", "--role", "administrator")
    typed(f"{WORD}\n")
    assert "grant add wang" in greengrid("account", "add", "wang").out
    for text in ("", "short\n"):
        typed(text)
        greengrid("account", "add", "zhao", code=2)
    said = greengrid(
        "grant", "add", "wang", "surveyor", "--unit", "C0", "--kind", "building", lang="zh"
    )
    assert said.out == "已授予 wang：#2 普查员 (C0; building)\n"
    for wrong in (["king"], ["viewer", "--unit", "C9"], ["viewer", "--kind", "castle"]):
        greengrid("grant", "add", "wang", *wrong, code=2)
    assert "普查员 (C0; building)" in greengrid("account", "list", lang="zh").out
    listed = {each["name"]: each for each in json.loads(greengrid("account", "list", "--json").out)}
    assert listed["wang"]["grants"][0]["unit"] == "C0"
    made = greengrid("token", "make", "wang", "--label", "QGIS", "--days", "30", "--read-only")
    token = made.out.strip()
    greengrid("open", "road")
    opened, accounts = open_store(store), open_accounts(store)
    visitor = accounts.visitor(opened.kinds, token=token)
    assert visitor is not None
    assert len(opened.read("building", scope=visitor.scope)) not in {0, 96}
    assert not visitor.scope.allows(Verb.UPDATE, "building")
    assert visitor.scope.units_for(Verb.READ, "road") is None
    opened.close()
    (kept,) = json.loads(greengrid("token", "list", "--json").out)
    assert (kept["prefix"], kept["valid"], kept["label"]) == (token.split("_")[1], True, "QGIS")
    assert kept["prefix"] in greengrid("token", "list").out
    greengrid("token", "revoke", kept["prefix"])
    greengrid("close", "road")
    assert accounts.visitor(opened.kinds, token=token) is None
    typed("another long one\n")
    greengrid("account", "password", "wang")
    greengrid("grant", "revoke", "wang", "2")
    greengrid("account", "disable", "wang")
    greengrid("account", "disable", "wang", "--undo")
    greengrid("account", "disable", "李规划", code=2)
    told = greengrid("audit", "--last", "3", lang="zh").out
    assert told.index("启用账户") < told.index("停用账户") < told.index("收回授权")
    assert json.loads(greengrid("audit", "--json").out)[-1]["deed"] == "account_added"
    accounts.close()
