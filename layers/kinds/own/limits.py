"""How large a declaration may be, and which names it may not use."""

from __future__ import annotations

import re

MAX_FILE_BYTES = 256 * 1024
MAX_KINDS = 100
# SQLite's functions take 127 arguments in builds that editors have; a version needs two a field.
MAX_FIELDS = 50
MAX_CODE_LISTS = 50
MAX_CHOICES = 500
MAX_WORDS = 50
MAX_TITLE = 80
# What Excel allows as the name of a sheet.
MAX_KIND_TITLE = 31
NOT_IN_SHEET_NAMES = "[]:*?/\\'"
MAX_TEXT = 200
MAX_UNIT = 20

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
DASH = re.compile(r"\d{1,3}( \d{1,3}){0,7}")

NOT_FOR_TABLES = ("gg_", "gpkg_", "rtree_", "sqlite_", "pg_", "alembic_", "spatial_ref_sys")

# What a feature has beside its fields, here or in a database or a file that it is written to.
NOT_FOR_FIELDS = frozenset(
    {
        *("fid", "uid", "geom", "geometry", "wkt", "lon", "lat", "layer"),
        *("ogc_fid", "gid", "oid", "rowid", "ctid", "tableoid"),
        *("cmin", "cmax", "xmin", "xmax"),
    }
)

# Words of SQL and of CQL2, which would have to be quoted wherever somebody writes a query.
_WORDS = (
    "accenti add after all alter analyse analyze and any array as asc asymmetric attach "
    "authorization autoincrement before begin between binary both by cascade case casei cast "
    "check collate column commit conflict constraint create cross current_catalog "
    "current_date current_role current_schema current_time current_timestamp current_user "
    "database date default deferrable deferred delete desc detach distinct div do drop each "
    "else end escape except exclusive exists explain fail false fetch for foreign freeze from "
    "full glob grant group having if ignore ilike immediate in index indexed initially inner "
    "insert instead intersect interval into is isnull join key leading left like limit "
    "localtime localtimestamp match natural new not notnull null of off offset old on only or "
    "order outer over overlaps placing pragma primary query raise references reindex rename "
    "replace restrict returning right rollback row select session_user set similar some "
    "symmetric table temp temporary then timestamp to trailing transaction trigger true union "
    "unique update user using vacuum values variadic verbose view virtual when where window "
    "with "
)
RESERVED = frozenset(_WORDS.split())
