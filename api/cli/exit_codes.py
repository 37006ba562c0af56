"""Which exit code every refusal has: what was typed, or what lies in the data."""

from collections.abc import Mapping

from api.cli.console import Exit
from api.errors import ApiError, FileUnusableError
from gis.errors import (
    ClaimUnreadableError,
    GisError,
    LabelContradictionError,
    NotSupportedError,
    PresetUnknownError,
    RuleError,
    TierUnknownError,
)
from layers.accounts.errors import AccountsError
from layers.errors import (
    BackendUnsupportedError,
    ChangesetUnknownError,
    FilterError,
    KindNotPointsError,
    LayersError,
    MetricCrsError,
    PlotUnknownError,
    RunUnknownError,
    ScopeError,
    StorageCrsError,
    StoreExistsError,
    UnknownFieldError,
    UnknownKindError,
)
from layers.exporting import ExportingError
from layers.forms.errors import FormMappingError, FormOutputError
from layers.importing.errors import (
    AlreadyImportedError,
    BookWithoutRegistersError,
    DatumNotDeclaredError,
    DatumNotKnownError,
    MappingError,
    ReturnFormatError,
    SourceLayerError,
    WhereError,
)
from layers.kinds.own import (
    KindListError,
    KindProblemError,
    KindsFullError,
    KindTableTakenError,
)

_EXIT_CODES: Mapping[type[Exception], Exit] = {
    ApiError: Exit.USAGE,
    FileUnusableError: Exit.DATA,
    ClaimUnreadableError: Exit.USAGE,
    PresetUnknownError: Exit.USAGE,
    TierUnknownError: Exit.USAGE,
    RuleError: Exit.USAGE,  # as the faults of a mapping file
    NotSupportedError: Exit.USAGE,
    LabelContradictionError: Exit.USAGE,
    GisError: Exit.DATA,
    AccountsError: Exit.USAGE,
    UnknownKindError: Exit.USAGE,
    UnknownFieldError: Exit.USAGE,
    KindNotPointsError: Exit.USAGE,
    ScopeError: Exit.USAGE,
    StoreExistsError: Exit.USAGE,
    BackendUnsupportedError: Exit.USAGE,
    MetricCrsError: Exit.USAGE,
    PlotUnknownError: Exit.USAGE,
    StorageCrsError: Exit.USAGE,
    ChangesetUnknownError: Exit.USAGE,
    RunUnknownError: Exit.USAGE,
    FilterError: Exit.USAGE,
    MappingError: Exit.USAGE,
    ReturnFormatError: Exit.USAGE,
    WhereError: Exit.USAGE,
    SourceLayerError: Exit.USAGE,
    DatumNotDeclaredError: Exit.USAGE,
    DatumNotKnownError: Exit.USAGE,
    AlreadyImportedError: Exit.USAGE,
    BookWithoutRegistersError: Exit.USAGE,
    ExportingError: Exit.USAGE,
    FormMappingError: Exit.USAGE,
    FormOutputError: Exit.USAGE,
    KindListError: Exit.USAGE,  # as the faults of a mapping file
    KindProblemError: Exit.USAGE,
    KindTableTakenError: Exit.USAGE,
    KindsFullError: Exit.USAGE,
    LayersError: Exit.DATA,
}


def exit_code_of(error: Exception) -> Exit | None:
    """Find the exit code of an error's class, or of the nearest one above it; None for faults."""
    return next((_EXIT_CODES[kind] for kind in type(error).__mro__ if kind in _EXIT_CODES), None)
