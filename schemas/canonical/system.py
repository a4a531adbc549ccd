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


class SetPresence(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="set_presence"):
    """The operator signs a participant on or off (PUT /participants/{name}/presence)."""

    name: FspId
    signed_off: bool


class SendBroadcast(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="send_broadcast"):
    """Tell banks of an event of the hub (POST /broadcasts); without `receivers` all of them."""

    id: str
    event: SystemEvent
    receivers: tuple[FspId, ...] = ()


class AcknowledgeEvent(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="acknowledge_event"):
    """A bank has taken notice of a broadcast (admi.011), which it names by its reference, or by its code only."""

    envelope: Envelope
    broadcast: str | None = None
    code: str | None = None


class SentBefore(msgspec.Struct, frozen=True):
    """A message as it was sent to a bank, under its BizMsgIdr."""

    message_id: str
    original: Original


class ResendMessages(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="is", tag="resend_messages"):
    """Send a bank again what it was sent: these messages, found before; `key` names the request.

    `envelope` is that of the bank's own request (admi.006), which is answered by a receipt.
    """

    receiver: FspId
    key: str
    messages: tuple[SentBefore, ...]
    envelope: Envelope | None = None


SystemCommand = KeepMessage | TellEvent | SetPresence | SendBroadcast | AcknowledgeEvent | ResendMessages
"""Commands about the service itself."""


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
    """To a bank: its message was taken (admi.007), before anything that is decided upon it; with a text if need be."""

    reference: str
    definition: str
    status: str = "RCVD"
    text: str | None = None


class Resent(msgspec.Struct, frozen=True, tag_field="is", tag="resent"):
    """To a bank: a message it was sent before, under the same BizMsgIdr; the bytes are in `Event.original`."""

    message_id: str
