"""Which version of a feature an answer shows, and whether a change is one of the last.

The ETag of a feature begins with its version: the life of the store, and the changeset that last
touched the feature. What follows tells apart the same version in other languages and systems.
"""

from api.errors import VersionNeededError, VersionStaleError
from api.ogc.answers import state_of
from api.ogc.asking import epoch_of
from api.ogc.door import Door
from layers.kinds import Kind
from layers.store.reading import Moment

_TOLD = 16  # characters that tell representations apart
_ANY = "*"


def revision_of(door: Door, kind: Kind, uid: str, as_of: Moment | None = None) -> int:
    """Give the changeset that last touched a feature, 0 where there was none."""
    return int(door.store.feature_revisions(kind.key, [uid], as_of=as_of).iloc[0])


def tag_of(door: Door, kind: Kind, revision: int, media: str) -> str:
    """Name the version of a feature, in the form in which it is asked for."""
    zips = "gzip" in door.request.headers.get("accept-encoding", "")
    told = state_of(door, media, kind.key)[:_TOLD]
    return f'"{epoch_of(door)}.{revision}.{told}{"z" if zips else ""}"'


def require_known(door: Door, kind: Kind, uid: str, revision: int) -> dict[str, int] | None:
    """Refuse to change a feature of which another version was seen, or none.

    Returns
    -------
    expected
        What the feature's revision must still be when it is written; None where any will do.

    Raises
    ------
    VersionNeededError, VersionStaleError
    """
    given = door.request.headers.get("if-match", "").strip()
    if not given:
        raise VersionNeededError(collection=kind.key, item=uid)
    if given == _ANY:
        return None
    # A server in between that compresses calls a tag weak; the version in it is the same.
    seen = (one.strip().removeprefix("W/").strip('"').split(".")[:2] for one in given.split(","))
    if [epoch_of(door), str(revision)] not in list(seen):
        raise VersionStaleError(collection=kind.key, item=uid)
    return {uid: revision}
