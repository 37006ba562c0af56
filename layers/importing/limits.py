"""How much an import takes in; every bound stands here and nowhere else."""

MAX_FILE_BYTES = 2 * 1024**3
MAX_UNPACKED_BYTES = 4 * 1024**3  # a zip or xlsx of 1 MB can hold a thousand times as much
MAX_ROWS = 2_000_000
MAX_COLUMNS = 2_000
MAX_TEXT_CHARACTERS = 10_000
MAX_TEXT_SHOWN = 80  # characters of a value, in a report
MAX_ROWS_SHOWN = 10  # of those that share a key, with each of them
