"""Refusals: one tree, stable codes, named values."""

import builtins
import inspect
import pickle

import pytest

from gis import errors
from gis.errors import CrsMismatchError, CrsMissingError, GisError

ALL = [
    kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, GisError)
]


def test_every_code_is_its_own() -> None:
    codes = [kind.code for kind in ALL]
    assert len(set(codes)) == len(codes)
    assert all(code.replace("_", "").isalpha() and code.islower() for code in codes)


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind.names])
def test_every_refusal_is_also_of_a_built_in_kind(kind: type[GisError]) -> None:
    built_in = [base for base in kind.__mro__ if vars(builtins).get(base.__name__) is base]
    assert set(built_in) - {Exception, BaseException, object}


@pytest.mark.parametrize("kind", ALL)
def test_carries_its_values_and_nothing_else(kind: type[GisError]) -> None:
    values = {name: f"the {name}" for name in kind.names}
    error = kind(**values)
    assert error.values == values
    assert str(error).startswith(kind.code)
    assert all(value in str(error) for value in values.values())
    with pytest.raises(TypeError):
        kind(**values, stranger=1)


@pytest.mark.parametrize("kind", ALL)
def test_crosses_to_another_process(kind: type[GisError]) -> None:
    error = pickle.loads(pickle.dumps(kind(**dict.fromkeys(kind.names, 7))))  # noqa: S301 (ours)
    assert type(error) is kind
    assert error.values == dict.fromkeys(kind.names, 7)


def test_a_missing_value_is_a_fault_of_the_caller() -> None:
    with pytest.raises(TypeError, match="argument"):
        CrsMissingError()


def test_reads_as_code_and_values() -> None:
    error = CrsMismatchError(argument="targets", crs="a", other="places", other_crs="b")
    assert str(error) == (
        "crs_mismatch: argument='targets', crs='a', other='places', other_crs='b'"
    )
