"""Every sentence that a user can read, in Chinese and English, under a key.

The sentences lie in the TOML files of this folder, one file a subject; the key of an entry is the
file's name and its path in the file: `errors.crs_missing`, `pages.overview.title`. Titles of kinds
and fields are not here: they belong to their declarations.
"""

from api.texts.catalogue import (
    LANGS,
    Catalogue,
    Entry,
    Lang,
    TextMissingError,
    Texts,
    catalogue,
    choose_lang,
    placeholders,
    read_catalogue,
    texts_in,
)

__all__ = [
    "LANGS",
    "Catalogue",
    "Entry",
    "Lang",
    "TextMissingError",
    "Texts",
    "catalogue",
    "choose_lang",
    "placeholders",
    "read_catalogue",
    "texts_in",
]
