"""Freeze the tables of today's declarations: `python -m layers.store.migrations.freeze 0002`."""

import json
import sys
from pathlib import Path

from layers.kinds import KINDS
from layers.store.schema import build_metadata
from layers.store.snapshot import freeze


def main(revision: str) -> None:
    """Write `<revision>_tables.json` into the versions folder."""
    tables = freeze(build_metadata(KINDS.values(), srid=0))
    lines = ",\n".join(json.dumps(table, ensure_ascii=False) for table in tables)
    target = Path(__file__).parent / "versions" / f"{revision}_tables.json"
    target.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
