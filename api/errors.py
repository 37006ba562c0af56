"""What the doors refuse; `statuses` says which HTTP status every refusal has.

    ApiError
    ├── PageNotFoundError          LookupError   no page, file or run under that address
    ├── ParameterError             ValueError    a query parameter that means nothing
    ├── MethodNotAllowedError      ValueError    only other methods are taken here
    ├── MediaTypeError             ValueError    what is sent is of a type that is not taken
    ├── VersionNeededError         ValueError    a change that does not say of which version
    ├── VersionStaleError          RuntimeError  a change of a version that is no longer the last
    ├── SettingError               ValueError
    │   ├── SettingUnknownError                  a GREENGRID_ variable that does not exist
    │   ├── SettingInvalidError                  a setting whose value cannot be used
    │   ├── CertificateHalfError                 a certificate without a key, or the reverse
    │   └── StoreNotChosenError                  nobody said which store to open
    ├── FileMissingError           FileNotFoundError  a file that a command names is not there
    ├── FolderMissingError         FileNotFoundError  the folder of a file to be written
    ├── FileUnusableError          OSError       the system does not let us read or write a file
    ├── FileIsStoreError           FileExistsError  the output would destroy a store
    ├── AddressUnusableError       OSError       nobody can be served at that address
    ├── CertificateError           ValueError    nobody can be served by certificate and key
    ├── WorkersFailedError         RuntimeError  worker processes end before they begin
    ├── OutputFormatError          ValueError    a file name whose ending names no format
    ├── AssetMissingError          RuntimeError  the package was built without its scripts
    ├── StoppingError                            broken off, because the service stops
    └── UnexpectedError                          a fault of the program, under a reference number

Errors hold no sentence: the message catalogue has one for each `code`.
"""

from gis.errors import CodedError

__all__ = [
    "NO_SUCH_JOB",
    "AddressUnusableError",
    "ApiError",
    "AssetMissingError",
    "CertificateError",
    "CertificateHalfError",
    "CollectionMissingError",
    "CredentialsRefusedError",
    "FileIsStoreError",
    "FileMissingError",
    "FileUnusableError",
    "FolderMissingError",
    "FormStaleError",
    "ItemMissingError",
    "MalformedError",
    "MatrixSetMissingError",
    "MediaTypeError",
    "MethodNotAllowedError",
    "NothingGrantedError",
    "OutputFormatError",
    "PageNotFoundError",
    "ParameterError",
    "ParameterUnknownError",
    "PasswordsDifferError",
    "ProcessMissingError",
    "RequestTooLargeError",
    "ResultNotReadyError",
    "SettingError",
    "SettingInvalidError",
    "SettingUnknownError",
    "SetupCodeError",
    "SignInNeededError",
    "StoppingError",
    "StoreNotChosenError",
    "TooManyAttemptsError",
    "UnexpectedError",
    "VersionNeededError",
    "VersionStaleError",
    "WholeCityError",
    "WorkersFailedError",
]


# How the standard names what is wrong.
_PROCESSES = "http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/"
NO_SUCH_JOB = f"{_PROCESSES}no-such-job"


class ApiError(CodedError):
    """A refusal with a stable `code` and the named `values` that its sentence needs."""

    code = "api"


class PageNotFoundError(ApiError, LookupError):
    """There is nothing under that address."""

    code = "page_not_found"
    names = ("path",)


class ParameterError(ApiError, ValueError):
    """A query parameter has a value that means nothing; `allowed` are those that do."""

    code = "parameter_invalid"
    names = ("parameter", "found", "allowed")


class ParameterUnknownError(ApiError, LookupError):
    """A query parameter that does not exist there, or that comes twice."""

    code = "parameter_unknown"
    names = ("parameter", "known")


class CollectionMissingError(ApiError, LookupError):
    """There is no layer of that name, or none that may be seen."""

    code = "collection_missing"
    names = ("collection",)


class ItemMissingError(ApiError, LookupError):
    """A layer has no such feature, or none that may be seen."""

    code = "item_missing"
    names = ("collection", "item")


class ProcessMissingError(ApiError, LookupError):
    """There is no process of that name."""

    code = "process_missing"
    names = ("process",)
    problem_type = f"{_PROCESSES}no-such-process"


class ResultNotReadyError(ApiError, LookupError):
    """A job is not done yet."""

    code = "result_not_ready"
    names = ("job",)
    problem_type = f"{_PROCESSES}result-not-ready"


class WholeCityError(ApiError, PermissionError):
    """A process measures the whole city, of which somebody sees a part."""

    code = "whole_city"
    names = ("process",)


class MethodNotAllowedError(ApiError, ValueError):
    """The address exists, but does not answer to this method."""

    code = "method_not_allowed"
    names = ("method", "path", "allowed")


class SignInNeededError(ApiError, PermissionError):
    """Nothing is shown to whom we do not know."""

    code = "sign_in_needed"


class NothingGrantedError(ApiError, PermissionError):
    """Somebody is known, but was granted nothing yet."""

    code = "nothing_granted"
    names = ("name",)


class CredentialsRefusedError(ApiError, PermissionError):
    """A token lets nobody in: it is none, is over, or was taken back."""

    code = "credentials_refused"


class FormStaleError(ApiError, PermissionError):
    """A form does not come from a page of ours, or from one that is too old."""

    code = "form_stale"


class RequestTooLargeError(ApiError, ValueError):
    """What a form brings is too long, or does not say how long it is."""

    code = "request_too_large"
    names = ("largest",)


class MediaTypeError(ApiError, ValueError):
    """What is sent is of a type that is not taken here."""

    code = "media_type_unsupported"
    names = ("found", "allowed")


class VersionNeededError(ApiError, ValueError):
    """Who changes a feature must say which version of it they know."""

    code = "version_needed"
    names = ("collection", "item")


class VersionStaleError(ApiError, RuntimeError):
    """A feature is no longer what whoever changes it knows."""

    code = "version_stale"
    names = ("collection", "item")


class MalformedError(ApiError, ValueError):
    """What a request brings is not of the form that it says it is."""

    code = "request_malformed"


class TooManyAttemptsError(ApiError, PermissionError):
    """Somebody tries too often; after `wait_s` seconds they may again."""

    code = "too_many_attempts"
    names = ("wait_s",)


class SetupCodeError(ApiError, PermissionError):
    """The code for the first set-up is not the one that this process printed."""

    code = "setup_code_wrong"


class PasswordsDifferError(ApiError, ValueError):
    """The password was not typed twice in the same way."""

    code = "passwords_differ"


class SettingError(ApiError, ValueError):
    """The service cannot be started as it was set up."""

    code = "setting"


class SettingUnknownError(SettingError):
    """A variable begins with our prefix, but is no setting; `nearest` is the likeliest one."""

    code = "setting_unknown"
    names = ("setting", "nearest", "all")


class SettingInvalidError(SettingError):
    """A setting has a value that cannot be used."""

    code = "setting_invalid"
    names = ("setting", "found", "reason")


class StoreNotChosenError(SettingError):
    """Neither the command nor the environment names a store."""

    code = "store_not_chosen"
    names = ("variable",)


class FileMissingError(ApiError, FileNotFoundError):
    """A file that a command names is not there."""

    code = "file_missing"
    names = ("path",)


class FolderMissingError(ApiError, FileNotFoundError):
    """The folder in which a file shall be written is not there."""

    code = "folder_missing"
    names = ("path",)


class FileUnusableError(ApiError, OSError):
    """The system refuses to read or write a file; `reason` is the name of its error number."""

    code = "file_unusable"
    names = ("path", "reason")


class FileIsStoreError(ApiError, FileExistsError):
    """A result would be written over a store."""

    code = "file_is_store"
    names = ("path",)


class AddressUnusableError(ApiError, OSError):
    """Nobody can be served at an address; `reason` is the name of the system's error number."""

    code = "address_unusable"
    names = ("host", "port", "reason")


class MatrixSetMissingError(ApiError, LookupError):
    """There are no tiles by that tile matrix set."""

    code = "matrix_set_missing"
    names = ("name", "known")


class CertificateError(ApiError, ValueError):
    """Nobody can be served by a certificate and its key; `reason` says why."""

    code = "certificate_unusable"
    names = ("certificate", "key", "reason")


class CertificateHalfError(SettingError):
    """A certificate was named without its key, or a key without its certificate."""

    code = "certificate_half"


class WorkersFailedError(ApiError, RuntimeError):
    """One worker process after the other ended before it could serve anybody."""

    code = "workers_failed"
    names = ("times", "exit_code")


class OutputFormatError(ApiError, ValueError):
    """The name of an output file ends with no format that can be written."""

    code = "output_format_unknown"
    names = ("found", "allowed")


class AssetMissingError(ApiError, RuntimeError):
    """A script or style that the package should contain is not there."""

    code = "asset_missing"
    names = ("asset",)


class StoppingError(ApiError):
    """The service was told to stop, and the request took longer than it could wait."""

    code = "stopping"


class UnexpectedError(ApiError):
    """A fault of the program; the log has it under the reference number."""

    code = "unexpected"
    names = ("reference",)
