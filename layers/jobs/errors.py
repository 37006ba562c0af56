"""What jobs refuse; see `layers.errors` for how refusals are made.

JobsError
├── JobUnknownError       LookupError   no job of that id, or none that may be seen
├── JobsFullError         RuntimeError  too many jobs wait already
├── JobInputTooLongError  ValueError    what was asked is too long to be kept
├── JobFileTooLargeError  ValueError    a file that a job brings
└── JobFinalError         RuntimeError  it is writing, and cannot be taken back any more
"""

from layers.errors import LayersError


class JobsError(LayersError):
    """Refuse something about jobs."""

    code = "jobs"


class JobUnknownError(JobsError, LookupError):
    """Refuse the id of a job that is not there."""

    code = "job_unknown"
    names = ("job",)


class JobsFullError(JobsError, RuntimeError):
    """Refuse one more job; `most` may wait and run at a time."""

    code = "jobs_full"
    names = ("most",)


class JobInputTooLongError(JobsError, ValueError):
    """Refuse inputs that are too long, files apart."""

    code = "job_input_too_long"
    names = ("largest",)


class JobFileTooLargeError(JobsError, ValueError):
    """Refuse a file that is too large."""

    code = "job_file_too_large"
    names = ("name", "largest")


class JobFinalError(JobsError, RuntimeError):
    """Refuse to stop a job that is writing its changeset."""

    code = "job_final"
    names = ("job",)
