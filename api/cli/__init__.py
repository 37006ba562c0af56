"""The command line: one program, one module a command.

Exit codes: 0 done; 1 done, with findings (rejected rows, values left out, a run that does not
verify); 2 the command was not understood; 3 data that cannot be read, or `--strict` with findings,
and then nothing was written.
"""

from api.cli.main import main

__all__ = ["main"]
