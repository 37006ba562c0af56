"""How much an import takes in; every bound stands here and nowhere else."""

MAX_FILE_BYTES = 2 * 1024**3
MAX_UNPACKED_BYTES = 2 * 1024**3  # a zip or xlsx of 1 MB can hold a thousand times as much
MAX_ARCHIVE_MEMBERS = 10_000
MAX_ROWS = 2_000_000
MAX_COLUMNS = 2_000
MAX_CELLS = 40_000_000  # of a table, empty ones among filled ones counted
MAX_MERGED_CELLS = 200_000
MAX_SHARED_TEXT_CHARACTERS = 500_000_000
MAX_XML_DEPTH = 64
MAX_TEXT_CHARACTERS = 10_000
MAX_TEXT_SHOWN = 80  # characters of a value, in a report
MAX_ROWS_SHOWN = 10  # of those that share a key or a remark, with each of them
