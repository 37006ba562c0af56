"""What the service writes to standard error: lines for people, or JSON for programs.

Every line that is written while a request is answered holds the request's id. Queries, headers and
bodies of requests are written nowhere: they may hold words that are secret, or names of people.
"""

import datetime as dt
import json
import logging
import os
import re
import sys
from contextvars import ContextVar
from typing import Any, TextIO

from api.settings import Settings

ACCESS = "greengrid.access"
request_id: ContextVar[str] = ContextVar("request_id", default="")

# Tokens of ours and passwords in URLs of databases, should a message of somebody else's hold one:
# what to look for, what there is of it in lower case at least, and what is written instead.
_SECRETS = (
    (re.compile(r"\bgg_[\w-]{8,}"), ("gg_",), "gg_***"),
    (re.compile(r"(://[^\s/:@]*:)[^\s@]+@"), ("://",), r"\1***@"),
    (
        re.compile(r"(?i)\b(password|passwd|token|secret)(\s*[=:]\s*)[^\s&,;'\"]+"),
        ("passw", "token", "secret"),
        r"\1\2***",
    ),
)
_WIDTH_OF_LEVEL = 7


def configure_logging(settings: Settings) -> None:
    """Send everything to standard error, in the form that is set."""
    handler = _StandardError()
    handler.setFormatter(JsonLines() if settings.log == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Other packages tell at length of what concerns only their authors.
    root.setLevel(logging.WARNING)
    logging.getLogger("greengrid").setLevel(settings.log_level.upper())
    # It writes addresses with their queries, and tracebacks that we have written already.
    logging.getLogger("uvicorn.access").disabled = True


class _StandardError(logging.StreamHandler[TextIO]):
    """Write to what is standard error at that moment, should somebody have turned it elsewhere."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # of the base it is an attribute
        """Give where to write."""
        return sys.stderr


def redact(text: str) -> str:
    """Black out what looks like a secret."""
    folded = text.casefold()
    for pattern, signs, instead in _SECRETS:
        if any(sign in folded for sign in signs):  # nearly never, and quicker to see
            text = pattern.sub(instead, text)
    return text


class Lines(logging.Formatter):
    """One line an event, for people; a traceback follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        moment = dt.datetime.fromtimestamp(record.created).astimezone()
        named = request_id.get()
        parts = [
            moment.isoformat(sep=" ", timespec="milliseconds"),
            record.levelname.ljust(_WIDTH_OF_LEVEL),
            _one_line(record.getMessage()),
            *([f"[{named}]"] if named else []),
        ]
        said = redact(" ".join(parts))
        trace = _traceback(self, record)
        return f"{said}\n{trace}" if trace else said


class JsonLines(logging.Formatter):
    """One JSON object a line, for programs that collect logs."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one event."""
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
        document: dict[str, Any] = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redact(record.getMessage()),
            "pid": os.getpid(),
        }
        if named := request_id.get():
            document["request_id"] = named
        document.update(getattr(record, "told", {}))
        if trace := _traceback(self, record):
            document["traceback"] = trace
        return json.dumps(document, ensure_ascii=False)


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    if not record.exc_info:
        return ""
    return redact(formatter.formatException(record.exc_info))


def _one_line(text: str) -> str:
    """Write line ends by their escapes: nobody who asks for a page is to write lines of the log."""
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")
