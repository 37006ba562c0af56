"""Everything that `gis` refuses, as a tree.

    GisError
    ├── ArgumentTypeError          TypeError            not a geometry column, table or series
    ├── ColumnMissingError         KeyError             a named column is not in the table
    ├── NumberError                ValueError           a number outside its range
    │   └── RadiusError
    ├── NotSupportedError          NotImplementedError  asked for what does not exist yet
    ├── DuplicateIndexError        ValueError           two rows with one label
    ├── IndexMismatchError         ValueError           two inputs that do not label the same rows
    ├── LabelUnknownError          KeyError             an argument names a row that is not there
    ├── LabelContradictionError    ValueError           two arguments ask the opposite of a row
    ├── CrsError                   ValueError
    │   ├── CrsMissingError
    │   ├── CrsNotMetricError
    │   ├── CrsNotDegreesError
    │   └── CrsMismatchError
    ├── DatumUnknownError          ValueError
    ├── GeometryError              ValueError
    │   ├── GeometryFamilyError    also TypeError
    │   ├── GeometryInvalidError
    │   └── GeometryNotFiniteError
    ├── WeightError                ValueError           a weight below 0, infinite, not a number
    ├── TargetLayerMissingError    KeyError             a tier names a layer that was not given
    ├── NetworkMissingError        ValueError           a tier walks, but there is no network
    ├── TierUnknownError           KeyError             no tier of that name in the result
    ├── PresetUnknownError         KeyError             no preset of that name
    ├── AccessUnknownError         ValueError           a target's access is not a known value
    ├── DateError                  ValueError           a date that is not one
    ├── ClaimUnreadableError       ValueError           a sentence that the grammar does not know
    ├── ClaimDataError             ValueError           the data lack what a sentence speaks of
    ├── RendererMissingError       RuntimeError         nothing installed can draw a result
    └── RuleError                  ValueError           a rule set that cannot be applied
        ├── RuleSyntaxError
        ├── RuleUnknownKeyError
        ├── RuleMissingKeyError
        ├── RuleTypeError          also TypeError
        └── RuleValueError

Errors hold no sentence for people: `code` names the refusal, `values` holds what was found.
Whoever shows an error looks the sentence up under `code` and fills in the values.
"""

from typing import ClassVar


class CodedError(Exception):
    """A refusal with a stable `code` and named `values`; every package builds its own upon it.

    `names` lists the values that every error of the class carries; constructing one with
    other names is a programming fault, so that a text written for the code never lacks a value.

    Examples
    --------
    >>> print(CrsNotMetricError(argument="places", crs="EPSG:4326"))
    crs_not_metric: argument='places', crs='EPSG:4326'
    """

    code: ClassVar[str]
    names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **values: object) -> None:
        """Take exactly the values that the class names."""
        if set(values) != set(self.names):
            message = f"{type(self).__name__} takes {self.names}, not {tuple(values)}"
            raise TypeError(message)
        super().__init__()
        self.values = values

    def __str__(self) -> str:
        """Give code and values, for developers."""
        found = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
        return f"{self.code}: {found}" if found else self.code

    def __reduce__(self) -> tuple[object, ...]:
        """Let the error cross to another process with its values."""
        return _rebuild, (type(self), self.values)


class GisError(CodedError):
    """A measure is refused."""

    code = "gis"


class ArgumentTypeError(GisError, TypeError):
    """An argument is not of a type that the function understands."""

    code = "argument_type"
    names = ("argument", "found", "allowed")


class ColumnMissingError(GisError, KeyError):
    """A column that was named is not in the table; `columns` are those that are."""

    code = "column_missing"
    names = ("argument", "column", "columns")


class NumberError(GisError, ValueError):
    """A number lies outside its range; `allowed` is the range in mathematical notation."""

    code = "number_out_of_range"
    names = ("argument", "found", "allowed")


class RadiusError(NumberError):
    """A radius is negative, infinite or not a number."""

    code = "radius_invalid"


class NotSupportedError(GisError, NotImplementedError):
    """The request is sound, but what it asks for does not exist yet."""

    code = "not_supported"
    names = ("feature",)


class DuplicateIndexError(GisError, ValueError):
    """Two rows share the index label `label`."""

    code = "index_duplicate"
    names = ("argument", "label")


class IndexMismatchError(GisError, ValueError):
    """The rows of `argument` are not labelled as those of `other`."""

    code = "index_mismatch"
    names = ("argument", "other")


class LabelUnknownError(GisError, KeyError):
    """No row has the label that `argument` names."""

    code = "label_unknown"
    names = ("argument", "label")


class LabelContradictionError(GisError, ValueError):
    """Two arguments name the same row, and only one of them can be followed."""

    code = "label_contradiction"
    names = ("one", "other", "label")


class CrsError(GisError, ValueError):
    """A coordinate reference system does not fit."""

    code = "crs"


class CrsMissingError(CrsError):
    """No coordinate reference system is declared."""

    code = "crs_missing"
    names = ("argument",)


class CrsNotMetricError(CrsError):
    """The reference system does not count in metres at ground scale."""

    code = "crs_not_metric"
    names = ("argument", "crs")


class CrsNotDegreesError(CrsError):
    """The reference system does not count in degrees of longitude and latitude."""

    code = "crs_not_degrees"
    names = ("argument", "crs")


class CrsMismatchError(CrsError):
    """Two inputs have different reference systems."""

    code = "crs_mismatch"
    names = ("argument", "crs", "other", "other_crs")


class DatumUnknownError(GisError, ValueError):
    """A datum has a name that is not known."""

    code = "datum_unknown"
    names = ("argument", "found", "allowed")


class GeometryError(GisError, ValueError):
    """A geometry does not fit."""

    code = "geometry"


class GeometryFamilyError(GeometryError, TypeError):
    """A geometry is of the wrong family; `label` is the first such row."""

    code = "geometry_family"
    names = ("argument", "found", "allowed", "label")


class GeometryInvalidError(GeometryError):
    """A geometry is not valid; `label` is the first of `rows` such rows."""

    code = "geometry_invalid"
    names = ("argument", "label", "reason", "rows")


class GeometryNotFiniteError(GeometryError):
    """A coordinate is infinite or not a number."""

    code = "geometry_not_finite"
    names = ("argument", "label", "rows")


class WeightError(GisError, ValueError):
    """A weight is negative, infinite or not a number; `label` is the first such row."""

    code = "weight_invalid"
    names = ("column", "found", "label")


class TargetLayerMissingError(GisError, KeyError):
    """A tier names a layer that was not given; `layers` are those that were."""

    code = "target_layer_missing"
    names = ("tier", "layer", "layers")


class NetworkMissingError(GisError, ValueError):
    """A tier asks for walking, but no network was given."""

    code = "network_missing"
    names = ("tier",)


class TierUnknownError(GisError, KeyError):
    """No tier has that name; `tiers` are those that exist."""

    code = "tier_unknown"
    names = ("tier", "tiers")


class PresetUnknownError(GisError, KeyError):
    """No rule set of that name comes with the package; `presets` are those that do."""

    code = "preset_unknown"
    names = ("preset", "presets")


class AccessUnknownError(GisError, ValueError):
    """A target's access is none of the values that a tier can name; `label` is the first such."""

    code = "access_unknown"
    names = ("layer", "found", "label", "allowed")


class DateError(GisError, ValueError):
    """A value is not a date written as year-month-day; `label` is the first such row, if any."""

    code = "date_invalid"
    names = ("argument", "found", "label")


class ClaimUnreadableError(GisError, ValueError):
    """A sentence cannot be read; `missing` says which part."""

    code = "claim_unreadable"
    names = ("found", "missing")


class ClaimDataError(GisError, ValueError):
    """The data lack what a sentence speaks of: a weight, a layer or the network."""

    code = "claim_data_missing"
    names = ("missing",)


class RendererMissingError(GisError, RuntimeError):
    """No installed package announces in `group` that it can draw results."""

    code = "renderer_missing"
    names = ("group",)


class RuleError(GisError, ValueError):
    """A rule set cannot be applied; `where` is the path of the entry, such as `tier[2].to`."""

    code = "rule"
    names = ("where", "found", "allowed")


class RuleSyntaxError(RuleError):
    """The text is not TOML; `where` is line and column."""

    code = "rule_syntax"


class RuleUnknownKeyError(RuleError):
    """An entry has a key that means nothing; often a misspelt one."""

    code = "rule_unknown_key"


class RuleMissingKeyError(RuleError):
    """An entry lacks a key that it must have."""

    code = "rule_missing_key"


class RuleTypeError(RuleError, TypeError):
    """A value is of the wrong type."""

    code = "rule_type"


class RuleValueError(RuleError):
    """A value is of the right type, but not one that is allowed."""

    code = "rule_value"


def _rebuild(kind: type[CodedError], values: dict[str, object]) -> CodedError:
    # Not by calling the class: some make their values out of other arguments.
    error = kind.__new__(kind)
    CodedError.__init__(error, **values)
    return error
