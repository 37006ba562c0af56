"""What is wrong with the declaration of a kind of one's own, as a tree.

    KindListError                   several problems at once, its `details`        ValueError
    ├── KindFileError               a declaration that cannot be taken
    └── KindNarrowerError           a change that would lose data
    KindTableTakenError             a table of that name is no layer of ours       ValueError
    KindsFullError                  as many as a store may have                    ValueError
    KindProblemError                one problem, listed by the first two           ValueError
    ├── KindSyntaxError             no TOML
    ├── KindKeyUnknownError         a key that means nothing there
    ├── KindKeyMissingError         a key that has to be there
    ├── KindTypeError               text where a number is due, and so on
    ├── KindNameError               no name for a table or column
    ├── KindTakenError              a name that something else has
    ├── KindValueError              a value that is not among those that it may be
    ├── KindSizeError               too many of something, or too long
    ├── KindWordError               one heading or word for two things
    └── KindLossError               what the new declaration would lose

`at` says where, as compilers do: `fitness.toml:12: field[2].type`.
"""

from typing import ClassVar

from layers.errors import LayersError


class KindProblemError(LayersError, ValueError):
    """One problem of a declaration."""

    code = "kind_problem"
    names: ClassVar[tuple[str, ...]] = ("at", "found", "allowed")


class KindSyntaxError(KindProblemError):
    """The text is no TOML; `found` is what its reader said."""

    code = "kind_syntax"


class KindKeyUnknownError(KindProblemError):
    """The key means nothing there; `allowed` are those that look like it, or all that do."""

    code = "kind_key_unknown"


class KindKeyMissingError(KindProblemError):
    """The key has to be there."""

    code = "kind_key_missing"


class KindTypeError(KindProblemError):
    """The value is of another type; both types have names in the catalogue."""

    code = "kind_type"


class KindNameError(KindProblemError):
    """The text cannot name a table or a column."""

    code = "kind_name"


class KindTakenError(KindProblemError):
    """Something else has that name; `allowed` says what."""

    code = "kind_taken"


class KindValueError(KindProblemError):
    """The value is not among those that are allowed."""

    code = "kind_value"


class KindSizeError(KindProblemError):
    """There are more of them, or of its characters, than allowed."""

    code = "kind_size"


class KindWordError(KindProblemError):
    """The word names something else as well: `allowed` says what."""

    code = "kind_word"


class KindLossError(KindProblemError):
    """The new declaration is narrower than what is there; `reason` is a code of how."""

    code = "kind_change"
    names = ("at", "reason", "found", "allowed")


class KindListError(LayersError, ValueError):
    """A refusal with `details`, each of which has a sentence of its own."""

    code = "kind_list"
    names = ("file", "count", "problems")

    @property
    def details(self) -> tuple[KindProblemError, ...]:
        """List the problems, in the order of the file."""
        found = self.values["problems"]
        return found if isinstance(found, tuple) else ()


class KindFileError(KindListError):
    """The declaration cannot be taken; every problem is listed."""

    code = "kind_file"


class KindNarrowerError(KindListError):
    """The kind is there, and changing it so would lose data or make recorded data wrong."""

    code = "kind_change_refused"


class KindTableTakenError(LayersError, ValueError):
    """The database has a table of that name, which is no layer of the store."""

    code = "kind_table_taken"
    names = ("key",)


class KindsFullError(LayersError, ValueError):
    """The store has as many kinds of its own as it may have."""

    code = "kinds_full"
    names = ("allowed",)
