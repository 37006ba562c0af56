"""Everything for which an import is refused as a whole, as a tree.

    ImportingError
    ├── SourceError                the file
    │   ├── SourceMissingError         no such file                        FileNotFoundError
    │   ├── SourceUnreadableError      no reader understands it            ValueError
    │   ├── SourceTooLargeError        beyond the declared limits          ValueError
    │   ├── SourceEmptyError           no rows                             ValueError
    │   ├── SourceHeaderMissingError   a header where the file has no line ValueError
    │   ├── SourceWithoutPlacesError   no geometry where the kind needs it ValueError
    │   └── SourceLayerError           which of its layers?                LookupError
    │       ├── SourceLayerNotChosenError
    │       └── SourceLayerMissingError
    ├── DatumError                 where its numbers lie on the earth  ValueError
    │   ├── DatumNotDeclaredError
    │   ├── DatumNotKnownError
    │   ├── DatumNotConvertibleError
    │   ├── DatumContradictionError    the file says otherwise
    │   ├── DatumNotDegreesError       large numbers where degrees are due
    │   ├── DatumNotProjectedError     degrees where metres are due
    │   └── DatumOutsideAreaError      the datum is not used there
    ├── MappingError               which column goes where             ValueError
    │   ├── MappingUnreadableError
    │   ├── MappingUnknownKeyError
    │   ├── MappingTypeError
    │   ├── MappingFieldError          no such field in the kind
    │   ├── MappingColumnError         no such column in the file
    │   ├── MappingValueError          a value that the field cannot hold
    │   ├── RequiredFieldUnmappedError
    │   └── KeyNotStoredError
    ├── WhereError                 the filter                          ValueError
    │   ├── WhereSyntaxError
    │   ├── WhereColumnError
    │   └── WhereUnsupportedError
    ├── ReturnFormatError          a file in which rows cannot go back  ValueError
    ├── BookWithoutRegistersError  no sheet is titled as a kind        LookupError
    └── AlreadyImportedError       the same file again                 ValueError

A layer that changed between the comparison and the writing is refused by the store
(`layers.errors.LayerChangedError`). Errors hold no sentence for people: `code` names the refusal
and `values` what was found.
"""

from layers.errors import LayersError


class ImportingError(LayersError):
    """An import is refused as a whole."""

    code = "importing"


class SourceError(ImportingError):
    """The file cannot be taken."""

    code = "source"


class SourceMissingError(SourceError, FileNotFoundError):
    """There is no file of that name."""

    code = "source_missing"
    names = ("file",)


class SourceUnreadableError(SourceError, ValueError):
    """No reader understands the file; `reason` is a code, `detail` what the library said."""

    code = "source_unreadable"
    names = ("file", "reason", "detail")


class SourceTooLargeError(SourceError, ValueError):
    """The file holds more `what` (bytes, rows, columns, cells …) than `allowed`."""

    code = "source_too_large"
    names = ("file", "what", "found", "allowed")


class SourceEmptyError(SourceError, ValueError):
    """The file, or the layer chosen in it, has no rows."""

    code = "source_empty"
    names = ("file", "layer")


class SourceHeaderMissingError(SourceError, ValueError):
    """The user names lines as the header that the file does not have."""

    code = "source_header_missing"
    names = ("file", "found", "lines")


class SourceWithoutPlacesError(SourceError, ValueError):
    """The kind needs places, and the file has neither geometries nor columns that hold them."""

    code = "source_without_places"
    names = ("file", "kind", "columns")


class SourceLayerError(SourceError, LookupError):
    """It is not clear which layer of the file is meant."""

    code = "source_layer"


class SourceLayerNotChosenError(SourceLayerError):
    """The file has several layers and none was chosen."""

    code = "source_layer_not_chosen"
    names = ("file", "layers")


class SourceLayerMissingError(SourceLayerError):
    """The file has no layer of that name."""

    code = "source_layer_missing"
    names = ("file", "layer", "layers")


class DatumError(ImportingError, ValueError):
    """The declared datum cannot be right."""

    code = "datum"


class DatumNotDeclaredError(DatumError):
    """The file has places and nobody said in which datum."""

    code = "datum_not_declared"
    names = ("allowed",)


class DatumNotKnownError(DatumError):
    """The datum has no known name."""

    code = "datum_not_known"
    names = ("found", "allowed")


class DatumNotConvertibleError(DatumError):
    """No way is known from the declared datum to WGS84 or CGCS2000."""

    code = "datum_not_convertible"
    names = ("declared",)


class DatumContradictionError(DatumError):
    """The file's own reference system puts the data somewhere else than the declared one."""

    code = "datum_contradiction"
    names = ("file_crs", "declared", "distance_m")


class DatumNotDegreesError(DatumError):
    """Most rows lie outside the range of degrees, though the datum counts in degrees."""

    code = "datum_not_degrees"
    names = ("declared", "row", "x", "y", "rows")


class DatumNotProjectedError(DatumError):
    """All coordinates look like degrees, though the declared system counts in lengths."""

    code = "datum_not_projected"
    names = ("declared", "row", "x", "y")


class DatumOutsideAreaError(DatumError):
    """Most rows lie far outside the area for which the declared system is made."""

    code = "datum_outside_area"
    names = ("declared", "area", "row", "x", "y", "rows")


class MappingError(ImportingError, ValueError):
    """The mapping of columns and values cannot be applied; `where` is the entry."""

    code = "mapping"


class MappingUnreadableError(MappingError):
    """The mapping file is missing or is not TOML."""

    code = "mapping_unreadable"
    names = ("file", "reason")


class MappingUnknownKeyError(MappingError):
    """An entry means nothing; often it is misspelt."""

    code = "mapping_unknown_key"
    names = ("where", "found", "allowed")


class MappingTypeError(MappingError):
    """An entry is of the wrong type."""

    code = "mapping_type"
    names = ("where", "found", "allowed")


class MappingFieldError(MappingError):
    """The kind has no field of that name."""

    code = "mapping_field"
    names = ("where", "found", "allowed")


class MappingColumnError(MappingError):
    """The file has no column of that name."""

    code = "mapping_column"
    names = ("where", "found", "allowed")


class MappingValueError(MappingError):
    """A constant, or a value that others are mapped to, does not fit its field."""

    code = "mapping_value"
    names = ("where", "found", "problem", "allowed")


class RequiredFieldUnmappedError(MappingError):
    """A field without which no row can be taken has no column."""

    code = "required_field_unmapped"
    names = ("field", "columns")


class KeyNotStoredError(MappingError):
    """A key column goes into no field, so the store could never find its rows again."""

    code = "key_not_stored"
    names = ("column", "key_field")


class WhereError(ImportingError, ValueError):
    """The filter cannot be applied."""

    code = "where"


class WhereSyntaxError(WhereError):
    """The filter is not CQL2."""

    code = "where_syntax"
    names = ("where", "reason")


class WhereColumnError(WhereError):
    """The filter names a column that the file does not have."""

    code = "where_column"
    names = ("column", "columns")


class WhereUnsupportedError(WhereError):
    """The filter uses an operation that cannot be applied to the rows of a file."""

    code = "where_unsupported"
    names = ("found", "allowed")


class BookWithoutRegistersError(ImportingError, LookupError):
    """No sheet of a workbook is titled as a kind."""

    code = "book_without_registers"
    names = ("file", "sheets", "allowed")


class AlreadyImportedError(ImportingError, ValueError):
    """The same file went into this layer before; without a key it would only be doubled."""

    code = "already_imported"
    names = ("file", "kind")


class ReturnFormatError(ImportingError, ValueError):
    """The rejected rows of a file cannot go back in a file of this format."""

    code = "return_format"
    names = ("file", "found", "allowed")
