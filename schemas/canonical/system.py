"""Messages about the service itself: events of participants and of the hub, receipts, and what is only kept."""

from datetime import datetime
from enum import StrEnum

import msgspec

from schemas.canonical.identity import FspId
from schemas.canonical.wire import Envelope, Original


class Act(StrEnum):
    """What an event of a participant does: it comes, it goes, it says that it is there; INFORM does nothing."""

    SIGN_ON = "sign_on"
    SIGN_OFF = "sign_off"
    ECHO = "echo"
    INFORM = "inform"


class SystemEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event by the scheme's code (4 characters), with parameters, a text, and when it happens or happened."""

    code: str
    parameters: tuple[str, ...] = ()
    text: str | None = None
    at: str | None = None


class Presence(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="presence"):
    """Whether a participant is signed on; who never said anything is. `heard`: when it last said that it is there."""

    participant: FspId
    signed_off: bool
    since: datetime
    code: str = ""
    heard: datetime | None = None

    @property
    def key(self) -> str:
        """The participant's name."""
        return self.participant


class KeepMessage(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="keep_message"):
    """Take a message that is for information only: it is archived, and nothing follows from it."""

    envelope: Envelope


class TellEvent(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="tell_event"):
    """A participant tells of an event (admi.004); `act` is what its code does in this scheme, None an unknown code."""

    envelope: Envelope
    event: SystemEvent
    act: Act | None = None


class SendBroadcast(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="send_broadcast"):
    """Tell banks of an event of the hub (POST /broadcasts); without `receivers` all of them."""

    id: str
    event: SystemEvent
    receivers: tuple[FspId, ...] = ()


class AcknowledgeEvent(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="acknowledge_event"):
    """A bank has taken notice of a broadcast (admi.011), which it names by `reference` or by its code only."""

    envelope: Envelope
    broadcast: str
    code: str | None = None


class ResendMessages(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="resend_messages"):
    """Send a bank again what it was sent: the messages of these digests, found before; `key` names the request."""

    receiver: FspId
    key: str
    messages: tuple[Original, ...]
    envelope: Envelope | None = None


SystemCommand = KeepMessage | TellEvent | SendBroadcast | AcknowledgeEvent | ResendMessages
"""Commands about the service itself."""


class Notified(msgspec.Struct, frozen=True, omit_defaults=True):
    """A bank that a broadcast went to, and when it acknowledged it."""

    name: FspId
    acknowledged: datetime | None = None


class Broadcast(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="broadcast"):
    """An event of the hub that banks were told of."""

    id: str
    event: SystemEvent
    receivers: tuple[Notified, ...]
    created: datetime

    @property
    def key(self) -> str:
        """The key it is stored under."""
        return self.id


class EventTold(msgspec.Struct, frozen=True, tag_field="is", tag="event_told"):
    """To a bank: an event of the hub (admi.004)."""

    broadcast: str
    event: SystemEvent


class EventAcknowledged(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="event_acknowledged"):
    """To a bank: its event was taken (admi.011); `reference` is its BizMsgIdr, `unknown` a code without effect."""

    reference: str
    event: SystemEvent
    unknown: bool = False


class MessageReceived(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="message_received"):
    """To a bank that wants receipts: its message was taken (admi.007), before anything that is decided upon it."""

    reference: str
    definition: str


class Resent(msgspec.Struct, frozen=True, tag_field="is", tag="resent"):
    """To a bank: a message it was sent before, under the same BizMsgIdr; the bytes are in `Event.original`."""

    message_id: str
