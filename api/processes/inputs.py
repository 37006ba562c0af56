"""What a process is asked, read from the signature of the command that does the same.

There an option has its name, type, default and words; here that becomes a JSON Schema, and values
that come as JSON become what the command is given.
"""

import base64
import binascii
import datetime as dt
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from api.errors import ParameterError
from api.processes.references import by_value
from api.texts import Texts
from gis import presets

__all__ = ["Given", "Input", "Upload", "inputs_of"]

LONGEST_TEXT = 10_000
MOST_TEXTS = 200
# What stands for a store, a place to write to, or a question at the terminal.
_OF_THE_TERMINAL = frozenset({"context", "store", "json", "output", "yes", "author"})
_DAY = "YYYY-MM-DD"
_RULES = "PRESET|FILE.toml"
_MOMENT = "N|TIME"


@dataclass(frozen=True)
class Upload:
    """A file that came with a request."""

    name: str
    content: bytes


Given = Mapping[str, Any]
"""What a process is given, by the names that the command's parameters have."""


@dataclass(frozen=True, kw_only=True)
class Input:
    """One thing that a process is asked; `name` as in the command's options, `key` as in Python."""

    name: str
    key: str
    type: Any
    metavar: str
    default: Any
    is_required: bool
    title_keys: tuple[str, ...]

    @property
    def is_file(self) -> bool:
        """Tell whether it is a file."""
        return self.type is Path

    @property
    def is_list(self) -> bool:
        """Tell whether several texts may be given, which the command takes with commas between."""
        return self.type is str and "[," in self.metavar

    def title(self, texts: Texts) -> str:
        """Say what it means, in the words of the command's help."""
        return texts(next(key for key in self.title_keys if texts.has(key)))

    def schema(self) -> dict[str, Any]:
        """Describe the values that it may have."""
        made = self._schema()
        if self.default not in (None, "", False) and not self.is_required:
            made["default"] = self.default
        return made

    def _schema(self) -> dict[str, Any]:
        text = {"type": "string", "maxLength": LONGEST_TEXT}
        several = {"type": "array", "items": text, "maxItems": MOST_TEXTS}
        if self.is_file:
            binary = {"type": "string", "contentEncoding": "base64"}
            parts = {"value": binary, "name": text, "mediaType": text, "encoding": text}
            return {"type": "object", "required": ["value"], "properties": parts}
        written: dict[str, dict[str, Any]] = {
            _RULES: {"oneOf": [{"type": "string", "enum": list(presets)}, {"type": "object"}]},
            _DAY: {"type": "string", "format": "date"},
            _MOMENT: {"oneOf": [{"type": "integer", "minimum": 0}, text]},
        }
        if self.metavar in written:
            return written[self.metavar]
        if self.is_list:
            return {"oneOf": [text, several]}
        if isinstance(self.type, type) and issubclass(self.type, StrEnum):
            return {"type": "string", "enum": [str(each) for each in self.type]}
        plain: dict[Any, dict[str, Any]] = {
            bool: {"type": "boolean"},
            int: {"type": "integer"},
            float: {"type": "number"},
            list: several,
        }
        return plain.get(self.type, text)

    def read(self, value: Any) -> Any:
        """Read a value that came as JSON.

        Raises
        ------
        ParameterError
        """
        value = by_value(self.name, value, is_file=self.is_file)
        if isinstance(value, Mapping) and set(value) == {"value"} and not self.is_file:
            value = value["value"]  # the standard's way to say a value with its format
        if self.is_file:
            return self._upload(value)
        if self.metavar == _RULES and isinstance(value, dict):
            return value
        if (self.is_list or self.type is list) and isinstance(value, list):
            parts = [self._text(each) for each in value[: MOST_TEXTS + 1]]
            if len(parts) > MOST_TEXTS:
                raise self._refused(len(parts))
            return parts if self.type is list else ",".join(parts)
        if self.metavar == _MOMENT and _is_whole(value):
            value = str(value)
        return self._scalar(value)

    def _scalar(self, value: Any) -> Any:
        if self.type is bool:
            if not isinstance(value, bool):
                raise self._refused(value)
            return value
        if self.type in (int, float):
            if not (_is_whole(value) or (self.type is float and isinstance(value, float))):
                raise self._refused(value)
            return self.type(value)
        text = self._text(value)
        schema = self._schema()
        if text not in schema.get("enum", [text]):
            raise self._refused(text)
        if self.metavar == _RULES and text not in presets:
            raise self._refused(text)
        if self.metavar == _DAY:
            try:
                dt.date.fromisoformat(text)
            except ValueError:
                raise self._refused(text) from None
        return text

    def _text(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\0" in value:
            raise self._refused(value)
        return value

    def _upload(self, value: Any) -> Upload:
        if isinstance(value, Upload):  # read when it was asked for
            return value
        given = value if isinstance(value, Mapping) else {"value": value}
        content = given.get("value")
        name = str(given.get("name") or self.name)
        if not isinstance(content, str):
            raise self._refused(type(content).__name__)
        try:
            read = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise self._refused("…") from None
        # Only a name, wherever it lay with whoever sent it.
        last = name.replace("\\", "/").rsplit("/", 1)[-1]
        kept = "".join(one for one in last if one.isprintable())[-120:].lstrip(".")
        return Upload(kept or self.name, read)

    def _refused(self, found: Any) -> ParameterError:
        schema = self._schema()
        choices = (each.get("enum") for each in schema.get("oneOf", [schema]))
        allowed = (
            next((each for each in choices if each), None) or self.metavar or schema.get("type")
        )
        return ParameterError(parameter=self.name, found=str(found)[:200], allowed=allowed)


def inputs_of(
    command: Callable[..., Any], path: str, leave_out: frozenset[str] = frozenset()
) -> tuple[Input, ...]:
    """Read the inputs of the command that has its words under `path` in the catalogue."""
    hints = typing.get_type_hints(command, include_extras=True)
    return tuple(
        _input(parameter, hints[key], path)
        for key, parameter in inspect.signature(command).parameters.items()
        if key not in _OF_THE_TERMINAL | leave_out
    )


def _input(parameter: inspect.Parameter, hint: Any, path: str) -> Input:
    declared, told = typing.get_args(hint)[:2]
    said = [told.default, *(told.param_decls or ())]  # typer takes the first name for a default
    flags = [flag for flag in said if isinstance(flag, str) and flag.startswith("-")]
    flag = max(flags, key=len, default="").lstrip("-")
    default = parameter.default
    is_required = default is inspect.Parameter.empty
    return Input(
        name=flag or parameter.name.strip("_").replace("_", "-"),
        key=parameter.name,
        type=_plain_type(declared),
        metavar=told.metavar or "",
        default=None if is_required else default,
        is_required=is_required,
        title_keys=(f"{path}.{parameter.name}", f"cli.option.{parameter.name}"),
    )


def _plain_type(declared: Any) -> Any:
    """Leave out that a value may be absent, and of what a list consists."""
    parts = [part for part in typing.get_args(declared) if part is not type(None)]
    if typing.get_origin(declared) is list:
        return list
    return _plain_type(parts[0]) if parts else declared


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
