"""What a request for features asks for, read strictly: a parameter that means nothing is refused.

limit, after            how many, and after which one
bbox, bbox-crs          where
datetime                valid on which days
as-of                   as recorded at which time
filter, filter-lang, filter-crs
FIELD=VALUE             exactly that value
sortby, properties      in which order, and what of them
crs                     in which reference system
"""

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.errors import ParameterError
from api.ogc.crs import CRS84, addresses
from api.ogc.door import Door
from layers.errors import ChangesetUnknownError, PageLostError
from layers.kinds import Field, FieldType, Kind
from layers.store import Filter, Order, PageQuestion
from layers.store.spatial import GEOMETRY_PROPERTY, GeometryInvalidError, read_geometry

PARAMETERS = (
    *("limit", "after", "bbox", "bbox-crs", "datetime", "as-of", "filter", "filter-lang"),
    *("filter-crs", "sortby", "properties", "crs"),
)
LANGUAGES = ("cql2-text", "cql2-json")
# By format: how many features come unless another number is asked for, and at most.
LIMITS = {"json": (1_000, 10_000), "html": (100, 500)}
FILE_LIMIT = 50_000
MAX_SORT_FIELDS = 5
_LAST_CHANGESET = 2**53
_EPOCH = 8  # characters of the restore epoch: what was read before a restore is not gone on with
_OPEN = ("", "..")


@dataclass(frozen=True)
class ItemsAsked:
    """What is asked for, and the address of the system in which it is wanted."""

    question: PageQuestion
    crs: str
    crs_name: str


def read_items(door: Door, kind: Kind, form: str) -> ItemsAsked:
    """Read what is asked for.

    Raises
    ------
    ParameterError, PageLostError
    """
    fields = {field.key: field for field in kind.fields if field.key not in PARAMETERS}
    given = door.parameters(*PARAMETERS, "uid", *fields)
    reader = _Reader(door, given)
    equal = [
        reader.equal(field, given[key])
        for key, field in (("uid", _UID), *fields.items())
        if key in given
    ]
    where = [each for each in (reader.bbox(), reader.filter()) if each is not None]
    crs = reader.crs("crs")
    return ItemsAsked(
        PageQuestion(
            filters=(*where, *equal),
            valid=reader.days(),
            as_of=reader.as_of(),
            columns=reader.properties(kind),
            order=reader.order(kind),
            after=reader.after(),
            limit=reader.limit(form),
        ),
        crs,
        addresses(door.store.settings)[crs],
    )


def read_item(door: Door, uid: str) -> ItemsAsked:
    """Read how one feature is wanted.

    Raises
    ------
    ParameterError
    """
    reader = _Reader(door, door.parameters("crs", "as-of"))
    crs = reader.crs("crs")
    question = PageQuestion(filters=(reader.equal(_UID, uid),), as_of=reader.as_of(), limit=1)
    return ItemsAsked(question, crs, addresses(door.store.settings)[crs])


TILE_PARAMETERS = ("datetime", "as-of", "properties")


def read_tile(door: Door, kind: Kind) -> PageQuestion:
    """Read of what time tiles are wanted, and with which fields.

    Raises
    ------
    ParameterError
    """
    reader = _Reader(door, door.parameters(*TILE_PARAMETERS))
    return PageQuestion(valid=reader.days(), as_of=reader.as_of(), columns=reader.properties(kind))


_UID = Field(key="uid", title_zh="唯一标识", title_en="Identifier")


class _Reader:
    def __init__(self, door: Door, given: Mapping[str, str]) -> None:
        self._door = door
        self._given = given

    def crs(self, name: str) -> str:
        known = addresses(self._door.store.settings)
        found = self._given.get(name, CRS84)
        if found not in known:
            raise ParameterError(parameter=name, found=found, allowed=list(known))
        return found

    def limit(self, form: str) -> int:
        usual, most = LIMITS.get(form, (FILE_LIMIT, FILE_LIMIT))
        if "limit" not in self._given:
            return usual
        text = self._given["limit"]
        if not _is_digits(text) or int(text[:20]) < 1:
            raise ParameterError(parameter="limit", found=text, allowed=f"1 … {most}")
        return min(int(text[:20]), most)  # more is no error, says the standard

    def after(self) -> str | None:
        if "after" not in self._given:
            return None
        epoch, dot, uid = self._given["after"].partition(".")
        if not dot or not uid.isprintable() or epoch != epoch_of(self._door):
            raise PageLostError(after=self._given["after"])
        return uid

    def bbox(self) -> Filter | None:
        crs = self.crs("bbox-crs")
        if "bbox" not in self._given:
            return None
        text = self._given["bbox"]
        name = addresses(self._door.store.settings)[crs]
        node = {"bbox": [_number(part) for part in text.split(",")]}
        try:
            read_geometry(node, name)
        except GeometryInvalidError:
            allowed = "min1,min2,max1,max2"
            raise ParameterError(parameter="bbox", found=text, allowed=allowed) from None
        here = {"property": GEOMETRY_PROPERTY}
        return Filter.of({"op": "s_intersects", "args": [here, node]}, name)

    def filter(self) -> Filter | None:
        language = self._given.get("filter-lang", LANGUAGES[0])
        if language not in LANGUAGES:
            raise ParameterError(parameter="filter-lang", found=language, allowed=list(LANGUAGES))
        name = addresses(self._door.store.settings)[self.crs("filter-crs")]
        if "filter" not in self._given:
            return None
        return Filter(self._given["filter"], is_json=language == "cql2-json", crs=name)

    def days(self) -> tuple[dt.date | None, dt.date | None] | None:
        if "datetime" not in self._given:
            return None
        text = self._given["datetime"]
        parts = text.split("/")
        if len(parts) > 2 or (len(parts) == 2 and all(part in _OPEN for part in parts)):
            raise self._refused_time("datetime", text)
        if len(parts) == 1:
            day = self._day(text)
            return day, day
        first, last = (None if part in _OPEN else self._day(part) for part in parts)
        if first is not None and last is not None and first > last:
            raise self._refused_time("datetime", text)
        return first, last

    def as_of(self) -> int | None:
        """Turn a changeset or a time into a changeset that there is."""
        if "as-of" not in self._given:
            return None
        text = self._given["as-of"]
        moment: int | dt.datetime
        if _is_digits(text) and len(text) < len(str(_LAST_CHANGESET)):
            moment = int(text)
        else:
            moment = self._moment("as-of", text)
        try:
            return self._door.store.changeset_at(moment)
        except ChangesetUnknownError as fault:
            allowed = f"0 … {fault.values['last']}"
            raise ParameterError(parameter="as-of", found=text, allowed=allowed) from fault

    def properties(self, kind: Kind) -> tuple[str, ...] | None:
        if "properties" not in self._given:
            return None
        known = [field.key for field in kind.fields]
        names = [name for name in self._given["properties"].split(",") if name]
        for name in names:
            if name not in known:
                raise ParameterError(parameter="properties", found=name, allowed=known)
        return tuple(dict.fromkeys(names))

    def order(self, kind: Kind) -> tuple[Order, ...]:
        if "sortby" not in self._given:
            return ()
        known = [field.key for field in kind.fields]
        parts = self._given["sortby"].split(",")
        if len(parts) > MAX_SORT_FIELDS:
            raise ParameterError(parameter="sortby", found=len(parts), allowed=MAX_SORT_FIELDS)
        order = []
        for part in parts:
            # A plus in an address may arrive as a blank.
            name = part.strip().removeprefix("+").removeprefix("-")
            if name not in known:
                raise ParameterError(parameter="sortby", found=part, allowed=known)
            order.append(Order(field=name, descending=part.strip().startswith("-")))
        return tuple(order)

    def equal(self, field: Field, text: str) -> Filter:
        return Filter.of({"op": "=", "args": [{"property": field.key}, _value(field, text)]})

    def _day(self, text: str) -> dt.date:
        """Read a day, or the day on which a moment is where the city is."""
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return self._moment("datetime", text).astimezone().date()

    def _moment(self, name: str, text: str) -> dt.datetime:
        try:
            # A plus in an address may arrive as a blank.
            moment = dt.datetime.fromisoformat(text.strip().replace(" ", "+"))
            if not _FIRST_YEAR < moment.year < _LAST_YEAR:
                raise self._refused_time(name, text)
        except ValueError:
            raise self._refused_time(name, text) from None
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment

    @staticmethod
    def _refused_time(name: str, text: str) -> ParameterError:
        allowed = "2026-05-01T08:00:00Z, 2026-05-01"
        return ParameterError(parameter=name, found=text, allowed=allowed)


_FIRST_YEAR, _LAST_YEAR = 1, 9999  # near the ends of the calendar zones lead out of it


def epoch_of(door: Door) -> str:
    """Name the life of the store since it was last restored, for the address of a next page."""
    return door.store.settings.restore_epoch[:_EPOCH]


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _value(field: Field, text: str) -> Any:
    """Read the value of a field in an address.

    Raises
    ------
    ParameterError
    """
    form, read = _FORMS.get(field.type, ("", str))
    try:
        return read(text)
    except (ValueError, KeyError):
        raise ParameterError(parameter=field.key, found=text, allowed=form) from None


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text]


def _date(text: str) -> dict[str, str]:
    return {"date": dt.date.fromisoformat(text).isoformat()}


def _timestamp(text: str) -> dict[str, str]:
    return {"timestamp": dt.datetime.fromisoformat(text).isoformat()}


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


_FORMS: dict[FieldType, tuple[str, Any]] = {
    FieldType.INTEGER: ("12", int),
    FieldType.REAL: ("12.5", _finite),
    FieldType.BOOLEAN: ("true, false", _truth),
    FieldType.DATE: ("2026-05-01", _date),
    FieldType.DATETIME: ("2026-05-01T08:00:00Z", _timestamp),
}
