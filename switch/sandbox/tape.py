"""A tape of what goes over the wire between the sandbox's counterparties and the hub, byte for byte and in order."""

from datetime import datetime

import msgspec

from switch.sandbox.clock import now


class Said(msgspec.Struct, frozen=True):
    """One HTTP request as the counterparty's end of the wire saw it; `status` is how it was answered (0: not at all).

    `outward`: the counterparty sent it to the hub; else the hub sent it.
    """

    at: datetime
    counterparty: str
    outward: bool
    method: str
    path: str
    body: bytes
    status: int = 0


class Tape:
    """Everything that was said, in the order in which it was begun."""

    def __init__(self) -> None:
        self.said: list[Said] = []

    def sending(self, counterparty: str, method: str, path: str, body: bytes) -> int:
        """Note a request that is being sent; gives its place, for `answered`."""
        self.said.append(Said(now(), counterparty, True, method, path, body))
        return len(self.said) - 1

    def answered(self, place: int, status: int) -> None:
        """Note how it was answered."""
        self.said[place] = msgspec.structs.replace(self.said[place], status=status)

    def came(self, counterparty: str, method: str, path: str, body: bytes, status: int) -> None:
        """Note a request of the hub."""
        self.said.append(Said(now(), counterparty, False, method, path, body, status))
