"""Which FSPIOP version each participant speaks, learned from what it sends: hub-made messages use it."""

from typing import Final

from fspiop.incoming import IncomingFspiop
from schemas.canonical.identity import FspId

DEFAULT: Final = "2.0"
_MAJOR_ONLY: Final = {"1": "1.1", "2": "2.0"}


class Heard:
    """The newest version of each resource per participant; what it asks for in Accept goes before what it sends.

    Kept in memory: a participant that was silent since the start gets the default until it speaks.
    """

    def __init__(self) -> None:
        """Nobody has spoken."""
        self._versions: dict[tuple[FspId, str], str] = {}

    def learn(self, message: IncomingFspiop) -> None:
        """Note the version of one message."""
        wanted = max(message.accept, default=message.version)
        version = _MAJOR_ONLY.get(wanted, wanted)
        self._versions[message.source, message.resource] = version
        self._versions[message.source, ""] = version

    def version(self, name: FspId, resource: str) -> str:
        """What to send that participant of that resource."""
        return self._versions.get((name, resource)) or self._versions.get((name, "")) or DEFAULT
