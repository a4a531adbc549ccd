"""Named places where a test can stop the process or a simulated part of it; in production they do nothing."""

from collections.abc import Callable
from typing import Final

POINTS: Final = frozenset(
    {
        "worker.taken",
        "worker.loaded",
        "worker.stepped",
        "worker.committed",
        "worker.released",
        "relay.before_publish",
        "relay.published",
        "delivery.before_send",
        "delivery.sent",
        "delivery.marked",
    }
)
"""Each boundary between a decision, the database, the bus and a participant."""

_hook: Callable[[str], None] | None = None


def crash_here(point: str) -> None:
    """Call the armed hook, if a test armed one; it may raise or end the process."""
    if _hook is not None:
        _hook(point)


def arm(hook: Callable[[str], None] | None) -> None:
    """Set or take away the hook; it gets the name of each point that is passed."""
    global _hook  # noqa: PLW0603 - one switch for the whole process, read on the hot path
    _hook = hook
