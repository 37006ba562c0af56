"""Results that can show themselves.

Drawing needs a renderer, and `gis` has none: an installed package announces one under the entry
point group `greengrid.renderers`. A result looks it up when asked, so importing stays cheap.
"""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from gis.errors import NotSupportedError, RendererMissingError

__all__ = ["GROUP", "Rendered", "Renderer"]

GROUP = "greengrid.renderers"


class Renderer(Protocol):
    """What a package must offer that draws results; made without arguments."""

    def explore(self, result: Any) -> Any:
        """Make an interactive map."""

    def to_html(self, result: Any, path: Path | None) -> str:
        """Make one page that works offline; also write it to `path` if there is one."""

    def to_excel(self, result: Any, path: Path) -> None:
        """Write a workbook."""

    def repr_html(self, result: Any) -> str:
        """Make the short form that a notebook shows."""


class Rendered:
    """What a result adds to its numbers: a map, a page, a workbook, a view in a notebook."""

    def to_frame(self) -> pd.DataFrame:
        """Give the main figures as a table; what is shown when nothing can draw."""
        raise NotImplementedError

    def explore(self) -> Any:
        """Show the result on an interactive map.

        Raises
        ------
        RendererMissingError
        """
        return _renderer().explore(self)

    def to_html(self, path: str | Path | None = None) -> str:
        """Draw the result as one page that works offline; write it to `path` if given.

        Raises
        ------
        RendererMissingError
        """
        return _renderer().to_html(self, None if path is None else Path(path))

    def to_excel(self, path: str | Path) -> None:
        """Write the result as a workbook.

        Raises
        ------
        RendererMissingError
        """
        _renderer().to_excel(self, Path(path))

    def _repr_html_(self) -> str:
        """Show the result in a notebook, as a plain table where nothing can draw it."""
        try:
            return _renderer().repr_html(self)
        except (RendererMissingError, NotSupportedError):
            return self.to_frame().to_html()


def _renderer() -> Renderer:
    """Make the renderer whose name comes first."""
    found = sorted(entry_points(group=GROUP), key=lambda entry: entry.name)
    if not found:
        raise RendererMissingError(group=GROUP)
    renderer: Renderer = found[0].load()()
    return renderer
