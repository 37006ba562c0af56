"""What tiles refuse; see `layers.errors` for how refusals are made."""

from layers.errors import LayersError

__all__ = ["TileOutsideError"]


class TileOutsideError(LayersError, LookupError):
    """Refuse numbers of a tile that there is not."""

    code = "tile_outside"
    names = ("level", "row", "column", "levels")
