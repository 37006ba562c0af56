"""Jobs: work that is asked for, done once by one of several workers, and told about meanwhile.

    model    what a job is
    queue    the table of jobs: each is claimed once, and goes on elsewhere when its worker is gone
    steps    what a job says while it is under way, and where it can be stopped
    workers  the threads that do them
    errors   what is refused

They lie beside the accounts, in the store's second database.
"""

from layers.jobs.errors import (
    JobFileTooLargeError,
    JobFinalError,
    JobInputTooLongError,
    JobsFullError,
    JobUnknownError,
)
from layers.jobs.model import Asked, Done, Job, JobFile, JobState
from layers.jobs.queue import Limits, Queue, open_queue
from layers.jobs.steps import Dismissed, Steps
from layers.jobs.workers import Workers

__all__ = [
    "Asked",
    "Dismissed",
    "Done",
    "Job",
    "JobFile",
    "JobFileTooLargeError",
    "JobFinalError",
    "JobInputTooLongError",
    "JobState",
    "JobUnknownError",
    "JobsFullError",
    "Limits",
    "Queue",
    "Steps",
    "Workers",
    "open_queue",
]
