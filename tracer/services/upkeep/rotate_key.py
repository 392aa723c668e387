"""Give a registry a new master key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tracer.domain.key_rotation import Rotation
from tracer.storage.registry import Registry
from tracer.storage.rotation import KeyRotation


def rotate_key(
    registry: Registry, actor: str, clock: Callable[[], datetime], tell: Callable[[int, int], None]
) -> Rotation:
    """Begin a rotation of the master key, or go on with the one under way, and bring it to its end.

    Others go on reading and writing meanwhile. `tell(done, total)` is called as it advances. It is
    many transactions and commits them by itself, as a migration does: it changes how the registry
    is sealed and nothing that it says. Raises NotAllowed where the user has to provide the new key,
    StoreError for keys and database; whatever stops it, the next call goes on.
    """
    return KeyRotation(registry, actor, clock, tell).run()
