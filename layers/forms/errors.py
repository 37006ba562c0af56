"""Everything for which a form or its mapping is refused as a whole, as a tree.

FormError
├── FormUnreadableError     ValueError   no workbook that can be opened
├── FormTooLargeError       ValueError   more than a form can be
├── FormChangedError        ValueError   its headings are not those of the mapping
├── FormOutputError         ValueError   the filled form would replace the form, or a store
└── FormMappingError        ValueError   the mapping says what it cannot mean
"""

from layers.errors import LayersError


class FormError(LayersError):
    """A form is refused; nothing was written."""

    code = "form"


class FormUnreadableError(FormError, ValueError):
    """The file is no workbook that can be opened; `reason` is a code."""

    code = "form_unreadable"
    names = ("file", "reason")


class FormTooLargeError(FormError, ValueError):
    """The workbook has more of something than a form can have."""

    code = "form_too_large"
    names = ("file", "what", "found", "allowed")


class FormMovedError(FormError, ValueError):
    """One heading is not where the mapping has it; `found` says where it is now, if anywhere."""

    code = "form_moved"
    names = ("cell", "heading", "found")


class FormChangedError(FormError, ValueError):
    """The headings of a form are not those of its mapping; `details` say which."""

    code = "form_changed"
    names = ("file", "count")

    def __init__(self, *, file: str, details: tuple[FormMovedError, ...]) -> None:
        """Keep what has moved."""
        super().__init__(file=file, count=len(details))
        self.details = details


class FormOutputError(FormError, ValueError):
    """The filled form would replace the form itself, a store, or is no `.xlsx`."""

    code = "form_output"
    names = ("file", "reason")


class FormMappingError(FormError, ValueError):
    """The mapping says what it cannot mean; `where` is its table and key, `reason` a code."""

    code = "form_mapping"
    names = ("where", "found", "reason", "allowed")
