"""The OpenAPI document says what the service does: Schemathesis asks whatever it allows."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR
from starlette.testclient import TestClient

from layers.accounts import open_accounts
from tests.api.conftest import Served, serving
from tests.api.guarded import BY

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance",
)  # fmt: skip


WRITTEN = ("bare_land", "adopter")  # one with places, one without


@pytest.fixture
def written(guarded_path: Path) -> Iterator[Served]:
    """Serve a city of which some layers may be written."""
    with closing(open_accounts(guarded_path)) as accounts:
        for kind in WRITTEN:
            accounts.openings.open_writing(kind, by=BY)
    with serving(guarded_path) as found:
        yield found


def ask(served: Served, folder: Path, *, phases: str, examples: int) -> None:
    done = subprocess.run(
        [
            SCHEMATHESIS, "run", f"{served.url}/ogc/api", "--url", f"{served.url}/ogc",
            "--phases", phases, "--max-examples", str(examples),
            "--checks", ",".join(CHECKS), "--seed", "1", "--suppress-health-check", "all",
            "--generation-deterministic", "--no-color",
            "--request-timeout", "60",  # whoever asks for the first tile waits for the compiler
        ],
        cwd=folder, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_no_request_is_answered_otherwise_than_described(written: Served, tmp_path: Path) -> None:
    ask(written, tmp_path, phases="fuzzing", examples=8)


@pytest.mark.long
def test_no_request_of_many_is_answered_otherwise_than_described(
    written: Served, tmp_path: Path
) -> None:
    ask(written, tmp_path, phases="examples,coverage,fuzzing,stateful", examples=200)


def test_the_document_is_one_of_openapi(written: Served) -> None:
    """With addresses for writing among them."""
    with urllib.request.urlopen(f"{written.url}/ogc/api") as answer:
        described = json.loads(answer.read())
    assert "post" in described["paths"]["/collections/{collectionId}/items"]
    assert [fault.message for fault in OPENAPI_30_VALIDATOR.iter_errors(described)] == []


def test_the_document_is_of_the_version_that_the_standard_names(pages: TestClient) -> None:
    described = pages.get("/ogc/api").json()
    assert described["openapi"] == "3.0.3"
    parameters = described["components"]["parameters"]
    for path, operations in described["paths"].items():
        for one in (each for told in operations.values() for each in told["parameters"]):
            assert one["$ref"].rpartition("/")[2] in parameters, path
    limit = parameters["limit"]["schema"]
    assert (limit["minimum"], limit["default"]) == (1, 1_000)
