"""One register for all forms 一表通用: a department's own form, filled from the store.

    look      which tables, headings and single cells a form has
    propose   what each of them may mean, as a mapping to be completed by hand
    mapping   that mapping, kept as TOML for next month
    measure   one figure of the store, with all that proves it
    fill      the form filled where a mapping proves a cell, marked where none does

Nothing of a form is understood by force: a cell is filled only where its mapping says from what,
and every cell that is not says why. No sentences are here: codes and values only.
"""

from layers.forms.errors import FormError
from layers.forms.fill import FillOptions, fill_form
from layers.forms.look import Form, FoundColumn, FoundLabel, FoundTable, look_at_form
from layers.forms.mapping import (
    MEASURES,
    CellMapping,
    ColumnMapping,
    Expression,
    FormMapping,
    TableMapping,
    parse_form_mapping,
    read_form_mapping,
)
from layers.forms.mapping_text import mapping_text, require_new
from layers.forms.propose import propose_mapping
from layers.forms.report import Difference, FormReport, Gap, Proof

__all__ = [
    "MEASURES",
    "CellMapping",
    "ColumnMapping",
    "Difference",
    "Expression",
    "FillOptions",
    "Form",
    "FormError",
    "FormMapping",
    "FormReport",
    "FoundColumn",
    "FoundLabel",
    "FoundTable",
    "Gap",
    "Proof",
    "TableMapping",
    "fill_form",
    "look_at_form",
    "mapping_text",
    "parse_form_mapping",
    "propose_mapping",
    "read_form_mapping",
    "require_new",
]
