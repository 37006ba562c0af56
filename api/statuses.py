"""Which HTTP status every refusal has, whoever refuses."""

from api.errors import (
    ApiError,
    CollectionMissingError,
    CredentialsRefusedError,
    FormStaleError,
    ItemMissingError,
    MalformedError,
    MatrixSetMissingError,
    MediaTypeError,
    MethodNotAllowedError,
    NothingGrantedError,
    PageNotFoundError,
    ParameterError,
    ParameterUnknownError,
    PasswordsDifferError,
    ProcessMissingError,
    RequestTooLargeError,
    ResultNotReadyError,
    SetupCodeError,
    SignInNeededError,
    StoppingError,
    TooManyAttemptsError,
    VersionNeededError,
    VersionStaleError,
    WholeCityError,
)
from gis.errors import GisError, NotSupportedError, TierUnknownError
from layers.accounts.errors import SignInRefusedError
from layers.editing import FeatureExistsError, PlaceTooDetailedError
from layers.errors import (
    ChangesetUnknownError,
    FeatureMissingError,
    LayersError,
    RunUnknownError,
    ScopeError,
    StaleFeaturesError,
    StoreBusyError,
    StoreUnreachableError,
    UnknownKindError,
)
from layers.jobs.errors import (
    JobFileTooLargeError,
    JobFinalError,
    JobInputTooLongError,
    JobsFullError,
    JobUnknownError,
)
from layers.tiles.errors import TileOutsideError

__all__ = ["STATUS", "status_of"]

STATUS: dict[type[Exception], int] = {
    PageNotFoundError: 404,
    CollectionMissingError: 404,
    ItemMissingError: 404,
    MatrixSetMissingError: 404,
    TileOutsideError: 404,
    ProcessMissingError: 404,
    ResultNotReadyError: 404,
    WholeCityError: 403,
    MethodNotAllowedError: 405,
    ParameterError: 422,
    ParameterUnknownError: 422,
    SignInNeededError: 401,
    NothingGrantedError: 403,
    CredentialsRefusedError: 401,
    SignInRefusedError: 401,
    FormStaleError: 403,
    MalformedError: 400,
    RequestTooLargeError: 413,
    TooManyAttemptsError: 429,
    SetupCodeError: 403,
    PasswordsDifferError: 422,
    MediaTypeError: 415,
    VersionNeededError: 428,
    VersionStaleError: 412,
    ApiError: 500,
    UnknownKindError: 404,
    RunUnknownError: 404,
    ChangesetUnknownError: 404,
    ScopeError: 403,
    StoreBusyError: 503,
    StoreUnreachableError: 503,
    StoppingError: 503,
    StaleFeaturesError: 412,
    FeatureMissingError: 404,
    FeatureExistsError: 409,
    PlaceTooDetailedError: 413,
    JobUnknownError: 404,
    JobsFullError: 429,
    JobInputTooLongError: 413,
    JobFileTooLargeError: 413,
    JobFinalError: 409,
    LayersError: 422,
    TierUnknownError: 404,
    NotSupportedError: 501,
    GisError: 422,
}


def status_of(error: Exception) -> int:
    """Find the status of an error's class, or of the nearest one above it; else 500."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)
