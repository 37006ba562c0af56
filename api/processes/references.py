"""Inputs given by reference: what a `data:` address holds (RFC 2397).

Part 1 of OGC API – Processes lets inputs come by reference. An address that the service would have
to fetch would let anybody make it ask machines that only it can reach, so it fetches none.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from api.errors import ParameterError

__all__ = ["by_value"]

_SHOWN = 60
_DATA, _BASE64, _JSON = "data:", ";base64", "application/json"


def by_value(name: str, value: Any, *, is_file: bool) -> Any:
    """Give what a reference refers to, as it would have come by value; anything else as it is.

    Raises
    ------
    ParameterError
    """
    if not isinstance(value, Mapping) or "href" not in value:
        return value
    media_type, content = _held(name, value["href"])
    if is_file:
        said = {key: value[key] for key in ("name",) if key in value}
        return {**said, "value": base64.b64encode(content).decode()}
    try:
        text = content.decode()
        return json.loads(text) if media_type == _JSON else text
    except (ValueError, RecursionError):
        raise _refused(name, value["href"]) from None


def _held(name: str, address: Any) -> tuple[str, bytes]:
    """Read the media type and the content of an address."""
    if not isinstance(address, str) or not address[: len(_DATA)].lower() == _DATA:
        raise _refused(name, address)
    head, comma, body = address[len(_DATA) :].partition(",")
    if not comma:
        raise _refused(name, address)
    content = unquote_to_bytes(body)
    if head.lower().endswith(_BASE64):
        try:
            content = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise _refused(name, address) from None
    return head.partition(";")[0].strip().lower(), content


def _refused(name: str, address: Any) -> ParameterError:
    return ParameterError(parameter=f"{name}.href", found=str(address)[:_SHOWN], allowed="data:…")
