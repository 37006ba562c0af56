"""The pages over HTTP: what they say, how they are sent, what they refuse."""

import base64
import hashlib
import logging
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.maps.assets import nonce_mark
from layers import open_store

HTML = {"Accept": "text/html"}
PAGES = ["/", "/maps/layers", "/maps/coverage", "/maps/gaps", "/rules"]
OUTSIDE = re.compile(
    r"""(?:src|href|action)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//"""
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("lang", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_every_page_speaks_both_languages(
    pages: TestClient, path: str, lang: str, tag: str
) -> None:
    answer = pages.get(path, params={"lang": lang}, headers=HTML)
    assert answer.status_code == 200, answer.text
    assert f'<html lang="{tag}">' in answer.text
    assert answer.headers["content-language"] == tag
    assert not OUTSIDE.search(answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_exports_as_one_file(pages: TestClient, path: str) -> None:
    answer = pages.get(path, params={"export": "1"}, headers=HTML)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    markup = re.sub(r"<(script|style)>.*?</\1>", "", answer.text, flags=re.DOTALL)
    assert not re.search(r"<(?:script|img)[^>]*\ssrc=|<link[^>]*stylesheet|href=\"/", markup)
    assert not OUTSIDE.search(markup)
    assert "Content-Security-Policy" in answer.text


def test_the_policy_names_a_word_that_only_this_answer_has(pages: TestClient) -> None:
    words = []
    for path in (*PAGES, *PAGES, "/ogc?f=html", "/login"):
        answer = pages.get(path, headers=HTML)
        policy = answer.headers["content-security-policy"]
        (word,) = re.findall(r"script-src 'nonce-([\w-]{22})';", policy)
        words.append(word)
        scripts = re.findall(r"<script(?! type=\"application/json\")[^>]*>", answer.text)
        assert scripts
        assert all(f'nonce="{word}"' in one for one in scripts)
        assert answer.text.count(word) == len(scripts)
        assert nonce_mark() not in answer.text
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert not re.search(
            r"\sstyle=|\son[a-z]+=",
            re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL),
        )
    assert len(set(words)) == len(words)


def test_a_refusal_has_no_scripts_and_is_the_same_each_time(pages: TestClient) -> None:
    one, other = (pages.get("/nope", headers=HTML) for _ in range(2))
    assert "script-src 'none';" in one.headers["content-security-policy"]
    assert "<script" not in one.text
    assert one.content == other.content


def test_a_file_names_its_scripts_by_what_they_are(pages: TestClient) -> None:
    answer = pages.get("/maps/coverage?export=1", headers=HTML)
    inline = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in inline]
    assert len(digests) == 3
    policy = answer.headers["content-security-policy"]
    assert all(f"'sha256-{each}'" in policy for each in digests)
    assert "nonce" not in policy
    assert not re.search(r"<script[^>]*nonce", answer.text)


def test_every_answer_is_sent_with_care(pages: TestClient) -> None:
    for path in ("/", "/healthz", "/nope", "/static/map.js"):
        headers = pages.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]


def test_hostile_names_never_become_markup(pages: TestClient) -> None:
    for path in PAGES:
        text = pages.get(path, headers=HTML).text
        assert (
            "window.pwned" not in re.sub(r"\\u003c.*?\\u003e", "", text) or "\\u003cscript" in text
        )
        assert "<script>window" not in text
        assert "<img src=x" not in text


def test_what_the_browser_has_is_not_sent_again(pages: TestClient) -> None:
    first = pages.get("/maps/coverage", headers=HTML)
    again = pages.get("/maps/coverage", headers=HTML | {"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    # The page that the browser has names the word of the policy that it came with.
    assert "content-security-policy" not in again.headers


def test_new_data_show_in_the_next_response(
    city: dict[str, object],
    tmp_path: Path,
    client_of: Callable[[Path], TestClient],
    city_path: Path,
) -> None:
    path = tmp_path / "grows.gpkg"
    path.write_bytes(city_path.read_bytes())
    client = client_of(path)
    before = client.get("/maps/coverage", params={"weight": "buildings"}, headers=HTML)
    store = open_store(path)
    with store.change(author="planter", message="东端新公园") as change:
        park = city["green_space"].iloc[[1]].assign(code="P9")  # type: ignore[attr-defined]
        park.geometry = park.translate(0.012, 0)
        change.insert("green_space", park)
    store.close()
    after = client.get(
        "/maps/coverage",
        params={"weight": "buildings"},
        headers=HTML | {"If-None-Match": before.headers["etag"]},
    )
    assert after.status_code == 200
    assert _covered(after.text) > _covered(before.text)
    assert "东端新公园" in client.get("/", headers=HTML).text


def test_a_figure_leads_to_its_proof(pages: TestClient) -> None:
    page = pages.get("/maps/coverage", params={"weight": "households"}, headers=HTML).text
    (address,) = set(re.findall(r'href="(/runs/[^"]+)"', page))
    proof = pages.get(address, headers=HTML)
    assert proof.status_code == 200
    assert _ratio(page) in proof.text
    assert "greengrid run" in proof.text


@pytest.mark.parametrize("weight", ["buildings", "households", "population", "area"])
def test_every_denominator_is_named(pages: TestClient, weight: str) -> None:
    unit = {"buildings": "栋", "households": "户", "population": "人", "area": "公顷"}[weight]
    for path in ("/maps/coverage", "/maps/gaps"):
        page = pages.get(path, params={"weight": weight}, headers=HTML)
        assert page.status_code == 200, page.text
        assert re.search(rf"[\d,.]+ / [\d,.]+ {unit}", page.text)


def test_rules_weights_and_units_can_be_chosen(pages: TestClient) -> None:
    asked = {"rules": "who_2016", "weight": "population", "by": "community", "tier": "nonsense"}
    assert pages.get("/maps/coverage", params=asked, headers=HTML).status_code == 422
    page = pages.get("/maps/coverage", params=asked | {"tier": ""}, headers=HTML)
    assert page.status_code == 200
    assert "河口社区" in page.text
    assert "各社区覆盖率" in page.text


def test_all_rule_sets_stand_side_by_side(pages: TestClient) -> None:
    from gis import presets

    page = pages.get("/rules", headers=HTML).text
    for rules in presets.values():
        assert rules.title_zh in page
    assert page.count("gg-meter") >= sum(len(rules.tiers) for rules in presets.values())


def test_an_empty_store_says_what_to_do(
    empty_path: Path, client_of: Callable[[Path], TestClient]
) -> None:
    client = client_of(empty_path)
    page = client.get("/", headers=HTML).text
    kinds = re.findall(r"greengrid import (\w+) ", page)
    assert kinds == ["grid", "building", "green_space", "building"]
    assert page.count("待导入") == 4
    for path in ("/maps/layers", "/rules"):
        assert client.get(path, headers=HTML).status_code == 200
    for path in ("/maps/coverage", "/maps/gaps"):
        refused = client.get(path, headers=HTML)
        assert refused.status_code == 422
        assert "analysis_input_missing" in refused.text


def test_the_checklist_goes_when_all_is_there(pages: TestClient) -> None:
    assert "greengrid import" not in pages.get("/", headers=HTML).text


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nope", 404, "page_not_found"),
        ("/static/nope.js", 404, "page_not_found"),
        ("/runs/0000", 404, "run_unknown"),
        ("/maps/coverage?rules=ours", 422, "parameter_invalid"),
        ("/maps/coverage?weight=cats", 422, "parameter_invalid"),
        ("/maps/coverage?by=street", 422, "parameter_invalid"),
        ("/maps/coverage?on=yesterday", 422, "parameter_invalid"),
        ("/rules?weight=cats", 422, "parameter_invalid"),
    ],
)
def test_refusals_have_a_status_a_code_and_words(
    pages: TestClient, path: str, status: int, code: str
) -> None:
    page = pages.get(path, headers=HTML)
    assert page.status_code == status
    assert code in page.text
    machine = pages.get(path, headers={"Accept": "application/json", "Accept-Language": "en"})
    assert machine.status_code == status
    assert machine.headers["content-type"] == "application/problem+json"
    body = machine.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"] == body["en"]
    assert re.search(r"[\u4e00-\u9fff]", body["zh"])
    assert (
        body["zh"].split("“")[0] in pages.get(path, headers=HTML | {"Accept-Language": "zh"}).text
    )


def test_what_was_typed_comes_back_escaped(pages: TestClient) -> None:
    answer = pages.get(
        "/maps/coverage", params={"rules": "<script>alert(1)</script>"}, headers=HTML
    )
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_the_pages_can_only_be_read(pages: TestClient) -> None:
    answer = pages.post("/maps/coverage", headers=HTML)
    assert answer.status_code == 405
    assert "method_not_allowed" in answer.text


def test_a_fault_gives_a_reference_and_tells_nothing_else(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        message = "secret of the machine"
        raise RuntimeError(message)

    monkeypatch.setattr("api.pages.rules.rule_title", fail)
    with caplog.at_level(logging.ERROR, "greengrid"):
        answer = pages.get("/rules?weight=dwellings", headers=HTML)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    reference = re.search(r"编号 ([0-9a-f]{8})", answer.text)
    assert reference is not None
    assert reference[1] in caplog.text
    assert "secret of the machine" in caplog.text


def test_health_tells_the_state(pages: TestClient) -> None:
    body = pages.get("/healthz").json()
    assert body["status"] == "ok"
    assert body["store"]["changeset"] == 1


def test_files_asked_for_by_checksum_may_be_kept(pages: TestClient) -> None:
    page = pages.get("/maps/coverage", headers=HTML).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) == 5
    for address in addresses:
        answer = pages.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    assert pages.get("/static/map.js").headers["cache-control"] == "no-cache"


def test_the_interface_describes_itself(pages: TestClient) -> None:
    assert "/healthz" in pages.get("/api").json()["paths"]


def _ratio(page: str) -> str:
    found = re.search(r'gg-ratio">([^<]+)<', page)
    assert found is not None
    return found[1]


def _covered(page: str) -> int:
    return int(_ratio(page).split(" / ")[0].replace(",", ""))
