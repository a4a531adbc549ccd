"""Which FSPIOP version each participant speaks, learned from what it sends: hub-made messages use it."""

from collections.abc import Callable
from typing import Final

import msgspec

from fspiop.incoming import IncomingFspiop
from schemas.canonical.identity import FspId

DEFAULT: Final = "2.0"
_MAJOR_ONLY: Final = {"1": "1.1", "2": "2.0"}
_json = msgspec.json.Encoder()
_told = msgspec.json.Decoder(list[tuple[str, str, str]])


class Heard:
    """The newest version of each resource per participant; what it asks for in Accept goes before what it sends.

    Kept in memory: a participant that was silent since the start gets the default until it speaks.
    """

    def __init__(self, changed: Callable[[bytes], None] | None = None) -> None:
        """Nobody has spoken; `changed` is given what is new, as another process can `hear` it."""
        self._versions: dict[tuple[FspId, str], str] = {}
        self._changed = changed

    def learn(self, message: IncomingFspiop) -> None:
        """Note the version of one message."""
        wanted = max(message.accept, default=message.version)
        version = _MAJOR_ONLY.get(wanted, wanted)
        before = self._versions.get((message.source, message.resource)), self._versions.get((message.source, ""))
        if before != (version, version):
            self._versions[message.source, message.resource] = version
            self._versions[message.source, ""] = version
            if self._changed is not None:
                news = [(message.source, resource, version) for resource in (message.resource, "")]
                self._changed(_json.encode(news))

    def told(self) -> bytes:
        """Everything that was learned."""
        return _json.encode([(name, resource, version) for (name, resource), version in self._versions.items()])

    async def hear(self, payload: bytes) -> None:
        """Take over what another process learned."""
        for name, resource, version in _told.decode(payload):
            self._versions[FspId(name), resource] = version

    def version(self, name: FspId, resource: str) -> str:
        """What to send that participant of that resource."""
        return self._versions.get((name, resource)) or self._versions.get((name, "")) or DEFAULT
