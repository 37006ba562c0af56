import subprocess
import sys

import pytest

from api.app import create_app
from api.errors import SettingInvalidError, SettingUnknownError, StoreNotChosenError
from api.settings import load_settings


def test_the_environment_is_read_and_arguments_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "city.gpkg")
    monkeypatch.setenv("GREENGRID_PORT", "9000")
    monkeypatch.setenv("GREENGRID_LANG", "en")
    settings = load_settings(port=8100, host=None)
    assert (settings.store, settings.port, settings.lang) == ("city.gpkg", 8100, "en")
    assert settings.host == "127.0.0.1"


@pytest.mark.parametrize("name", ["GREENGRID_PROT", "greengrid_prot", "GREENGRID_STORE"])
def test_a_misspelt_variable_is_refused_with_the_nearest(name: str) -> None:
    with pytest.raises(SettingUnknownError) as refused:
        load_settings({name: "1"})
    assert refused.value.values["setting"] == name
    assert "GREENGRID_PORT" in refused.value.values["all"]  # type: ignore[operator]


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(SettingUnknownError) as refused:
        load_settings({"GREENGRID_PROT": "1"})
    assert refused.value.values["nearest"] == "GREENGRID_PORT"


def test_variables_of_others_are_none_of_our_business() -> None:
    load_settings({"GREENGRIDX": "1", "PATH": "/bin", "GREENGRID_TEST_DATA": "/data"})


def test_a_value_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENGRID_PORT", "many")
    with pytest.raises(SettingInvalidError) as refused:
        load_settings()
    assert refused.value.values["setting"] == "GREENGRID_PORT"


def test_no_store_no_service() -> None:
    with pytest.raises(StoreNotChosenError):
        create_app(load_settings())


def test_nothing_happens_at_import() -> None:
    script = "import api.app, api.render, api.export, sys; print('layers.demo' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"GREENGRID_PROT": "1", "PATH": "/usr/bin"},
    )
    assert done.stdout.strip() == "False"
    assert done.stderr == ""
