"""What the service can be asked to work out: declared once, asked for over HTTP, done as a job.

inputs     what is asked, read from the signatures of the commands
declared   the processes: their command, their outputs, what one must be allowed
asking     a request turned into a job
analyses   each analysis as its command does it
files      imports and forms
performing a job done, with the rights of whoever asked for it, as they are by then
trying     scenarios kept warm, for plots toggled on a map
"""

from api.processes.declared import PROCESSES, Output, Process, process_named
from api.processes.performing import Performer, explained

__all__ = ["PROCESSES", "Output", "Performer", "Process", "explained", "process_named"]
