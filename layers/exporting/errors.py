"""Everything for which an export is refused, as a tree.

ExportingError
├── ExportFormatError          ValueError          no format goes by that ending
├── ExportFolderMissingError   FileNotFoundError   no folder to write into
├── ExportOntoStoreError       FileExistsError     the file is a store
├── ExportFileInUseError       PermissionError     another program has the file open
├── ExportTooLargeError        ValueError          more rows than the format holds
├── ExportGeometryError        ValueError          a register without places in a format of places
├── ExportOneLayerError        ValueError          several kinds in a format that holds one
├── ExportDatumError           ValueError          a datum that the format cannot carry
├── ExportDatumAreaError       ValueError          features outside the area of the system
├── ExportNotPlacedError       ValueError          a kind that lies in no unit
├── ExportUnitUnknownError     LookupError         no unit has that code
└── ExportUnitAmbiguousError   LookupError         several units have it
"""

from layers.errors import LayersError


class ExportingError(LayersError):
    """An export is refused; nothing was written."""

    code = "exporting"


class ExportFormatError(ExportingError, ValueError):
    """No format goes by that ending."""

    code = "export_format"
    names = ("found", "allowed")


class ExportFolderMissingError(ExportingError, FileNotFoundError):
    """There is no folder to write into."""

    code = "export_folder_missing"
    names = ("folder",)


class ExportOntoStoreError(ExportingError, FileExistsError):
    """The file named is a store and would be lost."""

    code = "export_onto_store"
    names = ("file",)


class ExportFileInUseError(ExportingError, PermissionError):
    """Another program has the file open, and would lay its own pages over the new ones."""

    code = "export_file_in_use"
    names = ("file",)


class ExportTooLargeError(ExportingError, ValueError):
    """The format does not hold so many rows."""

    code = "export_too_large"
    names = ("format", "rows", "allowed")


class ExportGeometryError(ExportingError, ValueError):
    """The format is one of places, and the kind has none."""

    code = "export_geometry"
    names = ("format", "kind")


class ExportOneLayerError(ExportingError, ValueError):
    """The format holds one layer a file."""

    code = "export_one_layer"
    names = ("format", "kinds", "allowed")


class ExportDatumError(ExportingError, ValueError):
    """The format means degrees of WGS84 and cannot carry the datum."""

    code = "export_datum"
    names = ("format", "found", "allowed")


class ExportDatumAreaError(ExportingError, ValueError):
    """Features lie far outside the area that a reference system is made for."""

    code = "export_datum_area"
    names = ("datum", "count", "area")


class ExportNotPlacedError(ExportingError, ValueError):
    """Nothing says in which unit the features of a kind lie."""

    code = "export_not_placed"
    names = ("kind", "unit")


class ExportUnitUnknownError(ExportingError, LookupError):
    """No unit of the territory has that code."""

    code = "export_unit_unknown"
    names = ("unit", "close")


class ExportUnitAmbiguousError(ExportingError, LookupError):
    """Several units have that code; `found` names them by level and name."""

    code = "export_unit_ambiguous"
    names = ("unit", "found")
