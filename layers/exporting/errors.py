"""Everything for which an export is refused, as a tree.

ExportingError
├── ExportFormatError          ValueError          no format goes by that ending
├── ExportFolderMissingError   FileNotFoundError   no folder to write into
├── ExportOntoStoreError       FileExistsError     the file is a store
├── ExportTooLargeError        ValueError          more rows than the format holds
└── ExportGeometryError        ValueError          geometries that the format cannot hold
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


class ExportTooLargeError(ExportingError, ValueError):
    """The format does not hold so many rows."""

    code = "export_too_large"
    names = ("format", "rows", "allowed")


class ExportGeometryError(ExportingError, ValueError):
    """The format holds only one family of geometries a file."""

    code = "export_geometry"
    names = ("format", "kind", "families")
