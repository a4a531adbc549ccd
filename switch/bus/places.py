"""Where one bank stands on NATS: its subjects, its consumer, its user and that user's rights. Pure names."""

from typing import Any, Final

import msgspec

from switch.bus.nats import token

STREAM: Final = "BANKS"
"""The stream of what waits for banks: an acknowledged message leaves it."""
OUT: Final = "bank.*.out.>"
IN: Final = "bank.*.in"
QUEUE: Final = "hub"
"""The queue group in which the hub's processes take what banks send."""


class Place(msgspec.Struct, frozen=True):
    """All names of one participant."""

    participant: str

    @property
    def consumer(self) -> str:
        """Its durable consumer of the stream."""
        return token(self.participant)

    @property
    def user(self) -> str:
        """Its user, where the hub keeps the users."""
        return f"bank-{self.consumer}"

    @property
    def intake(self) -> str:
        """The subject it sends its messages to, as requests."""
        return f"bank.{self.consumer}.in"

    @property
    def out(self) -> str:
        """The subjects of its messages; each has one of its own, so that none is kept twice."""
        return f"bank.{self.consumer}.out.>"

    @property
    def inbox(self) -> str:
        """The prefix of the inboxes it may have: nobody else can read them."""
        return f"_INBOX_{self.consumer}"

    @property
    def permissions(self) -> dict[str, Any]:
        """The rights of its user, as a nats-server's configuration writes them."""
        publish = [
            self.intake,
            f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{self.consumer}",
            f"$JS.API.CONSUMER.INFO.{STREAM}.{self.consumer}",
            f"$JS.ACK.{STREAM}.{self.consumer}.>",
        ]
        return {"publish": {"allow": publish}, "subscribe": {"allow": [f"{self.inbox}.>"]}}

    def subject(self, lane: str, seq: int) -> str:
        """The subject of one message: that of its row in the outbox."""
        return f"bank.{self.consumer}.out.{token(lane)}.{seq}"

    def described(self) -> dict[str, Any]:
        """What a bank's engineer has to set up, in the words of the operator API."""
        return {
            "stream": STREAM,
            "consumer": self.consumer,
            "out": self.out,
            "in": self.intake,
            "inboxPrefix": self.inbox,
            "permissions": self.permissions,
        }
