"""The migrations that lie in a package, as Alembic knows them."""

from __future__ import annotations

from functools import cache
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory

__all__ = ["config_for", "head_of", "revisions_of"]


def config_for(location: str, **attributes: Any) -> Config:
    """Configure Alembic for the migrations at `package:folder`; `attributes` reach its env.py."""
    config = Config()
    config.set_main_option("script_location", location)
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes)
    return config


@cache
def head_of(location: str) -> str:
    """Name the newest revision at `package:folder`."""
    revision = ScriptDirectory.from_config(config_for(location)).get_current_head()
    if revision is None:  # pragma: no cover - a package without migrations is broken
        raise RuntimeError(f"no migrations at {location}")
    return revision


@cache
def revisions_of(location: str) -> frozenset[str]:
    """Name every revision at `package:folder`, from each of which the newest can be reached."""
    script = ScriptDirectory.from_config(config_for(location))
    return frozenset(revision.revision for revision in script.walk_revisions())
