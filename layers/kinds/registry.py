"""The kinds that somebody knows: those that come with the package, and a store's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from layers.errors import UnknownKindError
from layers.kinds.model import CodeList, Kind, Theme


class Kinds(Mapping[str, Kind]):
    """Kinds by their keys in the order of listing, with the themes that they are listed under.

    `own` are the keys of those that do not come with the package.
    """

    def __init__(
        self, kinds: Iterable[Kind], themes: Iterable[Theme], *, own: Iterable[str] = ()
    ) -> None:
        self._kinds = {kind.key: kind for kind in kinds}
        by_place = sorted(themes, key=lambda theme: (theme.position, theme.key))
        self.themes: Mapping[str, Theme] = MappingProxyType({each.key: each for each in by_place})
        self.own = tuple(own)

    def __getitem__(self, key: str) -> Kind:
        return self._kinds[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)

    def __hash__(self) -> int:
        return hash(frozenset(self._kinds))

    def named(self, key: str) -> Kind:
        """Find a kind by its key.

        Raises
        ------
        UnknownKindError
        """
        if key not in self._kinds:
            raise UnknownKindError(key, self)
        return self._kinds[key]

    def theme_of(self, kind: Kind) -> Theme:
        """Find the theme that a kind is listed under."""
        return self.themes[kind.group]

    def extended(self, kinds: Iterable[Kind], themes: Iterable[Theme]) -> Kinds:
        """Give these kinds and themes with more of them, or others under the same keys."""
        more = {kind.key: kind for kind in kinds}
        listed = {theme.key: theme for theme in (*self.themes.values(), *themes)}
        return Kinds(
            (self._kinds | more).values(),
            listed.values(),
            own=dict.fromkeys((*self.own, *more)),
        )

    def code_lists(self) -> dict[str, CodeList]:
        """Collect the code lists that the kinds which come with the package use."""
        return {
            codes.key: codes
            for key, kind in self._kinds.items()
            if key not in self.own
            for field in kind.fields
            for codes in ((field.codes, *field.code_systems) if field.codes else field.code_systems)
        }
