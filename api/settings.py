"""What can be set from outside: `DATABASE_URL`, and variables that begin with `GREENGRID_`.

A misspelt variable is refused at start rather than ignored.
"""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.errors import SettingInvalidError, SettingUnknownError
from api.texts import Lang

PREFIX = "GREENGRID_"
STORE_VARIABLE = "DATABASE_URL"

# Read by the tests, not by the service; a developer's shell may well have it.
_OTHERS = frozenset({f"{PREFIX}TEST_DATA"})


class Settings(BaseSettings):
    """The settings of the service.

    `store` is a path or a URL (variable `DATABASE_URL`). `public_title` names the place on every
    page; `data_credit` and `map_approval` (审图号) stand in every legend. Above `max_shapes`
    features a layer is drawn as points. `cache_pages` finished pages are kept in memory. With
    `warm_up` the overview's figures are computed while nobody is waiting for them yet.
    `mappings` is the folder that keeps how files of a source were imported, by default beside a
    store that is a file. `log` is the form of what is written to standard error, from `log_level`
    on. So many `workers` are processes that serve, each doing `job_threads` jobs at a time; where
    that is 0, others must. `tls_cert` and `tls_key` are files in PEM form; with them everything is
    encrypted. Told to stop, requests under way have `stop_within_s` seconds. A request may bring
    `max_upload_mb` megabytes. Whoever shows `metrics_token` as a bearer may read `/metrics` from
    another machine; an empty one lets nobody.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", validate_by_name=True
    )

    # Not in the repr: a URL may hold a password.
    store: Annotated[str | None, Field(validation_alias=STORE_VARIABLE, repr=False)] = None
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    lang: Lang = "zh"
    public_title: str = ""
    data_credit: str = ""
    map_approval: str = ""
    max_shapes: Annotated[int, Field(ge=0)] = 10_000
    cache_pages: Annotated[int, Field(ge=0)] = 32
    warm_up: bool = True
    mappings: Path | None = None
    log: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    tls_cert: Path | None = None
    tls_key: Path | None = None
    stop_within_s: Annotated[int, Field(ge=1, le=600)] = 30
    max_upload_mb: Annotated[int, Field(ge=1, le=10_000)] = 64
    job_threads: Annotated[int, Field(ge=0, le=16)] = 2
    metrics_token: Annotated[SecretStr, Field(repr=False)] = SecretStr("")

    @property
    def max_upload(self) -> int:
        """How many bytes a request may bring."""
        return self.max_upload_mb * 1_000_000


def load_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Read the settings; what is `given` and not None wins over the environment.

    Raises
    ------
    SettingUnknownError, SettingInvalidError
    """
    refuse_unknown_variables(os.environ if environment is None else environment)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        name = str(fault["loc"][0]) if fault["loc"] else ""
        raise SettingInvalidError(
            setting=variable_name(name), found=fault["input"], reason=fault["msg"]
        ) from None


def refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    """Refuse variables that look like ours and are none of ours.

    Raises
    ------
    SettingUnknownError
    """
    known = sorted(variable_name(name) for name in Settings.model_fields)
    for name in sorted(environment):
        # Windows does not tell letter cases of variables apart, nor does pydantic.
        if name.upper().startswith(PREFIX) and name.upper() not in (*known, *_OTHERS):
            near = get_close_matches(name.upper(), known, n=1, cutoff=0.5)
            raise SettingUnknownError(
                setting=name, nearest=near[0] if near else known[0], all=known
            )


def variable_name(setting: str) -> str:
    """Name the environment variable of a setting."""
    return STORE_VARIABLE if setting in {"store", STORE_VARIABLE} else f"{PREFIX}{setting.upper()}"
