"""The examples in the docstrings of the doors."""

import doctest
import importlib
import pkgutil

import pytest

import api

MODULES = [
    info.name for info in pkgutil.walk_packages(api.__path__, "api.") if ".cli" not in info.name
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
