"""Which FSPIOP version and dialect each participant speaks, learned from what it sends: hub-made messages use them."""

from collections.abc import Callable
from typing import Final

import msgspec

from fspiop.incoming import IncomingFspiop
from schemas.canonical.identity import FspId
from schemas.canonical.wire import Dialect
from switch.crossing import BOTH_BODIES

DEFAULT: Final = "2.0"
_MAJOR_ONLY: Final = {"1": "1.1", "2": "2.0"}
_DIALECT: Final = "dialect "
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
        if self._knows(message, version):
            return
        news = {message.resource: version, "": version}
        if message.resource in BOTH_BODIES:
            news |= {f"{_DIALECT}{message.resource}": message.answers.value, _DIALECT: message.answers.value}
        elif message.dialect is Dialect.FSPIOP_ISO and (message.source, _DIALECT) not in self._versions:
            # /participants has the same body in both: its media type is a hint, until something better is said.
            news[_DIALECT] = message.dialect.value
        if any(self._versions.get((message.source, key)) != value for key, value in news.items()):
            self._versions |= {(message.source, key): value for key, value in news.items()}
            if self._changed is not None:
                self._changed(_json.encode([(message.source, key, value) for key, value in news.items()]))

    def _knows(self, message: IncomingFspiop, version: str) -> bool:
        """Whether the message is as the one before it was: most are."""
        known, source, resource = self._versions.get, message.source, message.resource
        if known((source, resource)) != version or known((source, "")) != version:
            return False
        if resource not in BOTH_BODIES:
            return message.dialect is not Dialect.FSPIOP_ISO
        dialect = message.answers
        return known((source, _DIALECT)) == dialect and known((source, f"{_DIALECT}{resource}")) == dialect

    def told(self) -> bytes:
        """Everything that was learned."""
        return _json.encode([(name, resource, version) for (name, resource), version in self._versions.items()])

    async def hear(self, payload: bytes) -> None:
        """Take over what another process learned."""
        for name, resource, version in _told.decode(payload):
            self._versions[FspId(name), resource] = version

    def dialect(self, name: FspId, resource: str) -> Dialect | None:
        """The dialect of FSPIOP that participant uses for that resource, or at all; None if it has not spoken."""
        found = self._versions.get((name, f"{_DIALECT}{resource}")) or self._versions.get((name, _DIALECT))
        return Dialect(found) if found else None

    def version(self, name: FspId, resource: str) -> str:
        """What to send that participant of that resource."""
        return self._versions.get((name, resource)) or self._versions.get((name, "")) or DEFAULT
