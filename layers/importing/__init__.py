"""Files into layers: every row is taken, or rejected with its number, a reason and a remedy.

    readers  →  source   →  prepare  →  plan     →  apply   →  report
    any file    rows and    types,      compare     one        where each
                places      datum,      with the    change-    row went
                            keys        store       set

A file is refused as a whole (`ImportingError`) only where no row could be right; everything else
costs single rows. No texts for people are here: codes and values only.
"""

from layers.importing.apply import (
    ImportOptions,
    apply_plan,
    carry_out,
    foretell,
    headings_unasked,
    import_file,
    plan_import,
)
from layers.importing.errors import ImportingError
from layers.importing.mapping import ColumnMatch, How, Mapping, match_columns
from layers.importing.mapping_file import parse_mapping, read_mapping
from layers.importing.mapping_text import mapping_text, used_mapping
from layers.importing.memory import MappingMemory, lasting_part
from layers.importing.plan import Change, Plan
from layers.importing.preview import Outcome, Preview, PreviewRow
from layers.importing.problems import PROBLEMS, Problem, Severity
from layers.importing.progress import Stage, Tell
from layers.importing.readers import Remark, SourceOptions
from layers.importing.report import ImportReport
from layers.importing.returning import RETURN_ENDINGS, Returned, return_rows
from layers.importing.source import Source, read_source

__all__ = [
    "PROBLEMS",
    "RETURN_ENDINGS",
    "Change",
    "ColumnMatch",
    "How",
    "ImportOptions",
    "ImportReport",
    "ImportingError",
    "Mapping",
    "MappingMemory",
    "Outcome",
    "Plan",
    "Preview",
    "PreviewRow",
    "Problem",
    "Remark",
    "Returned",
    "Severity",
    "Source",
    "SourceOptions",
    "Stage",
    "Tell",
    "apply_plan",
    "carry_out",
    "foretell",
    "headings_unasked",
    "import_file",
    "lasting_part",
    "mapping_text",
    "match_columns",
    "parse_mapping",
    "plan_import",
    "read_mapping",
    "read_source",
    "return_rows",
    "used_mapping",
]
