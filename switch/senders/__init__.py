"""Deliveries of each kind: FSPIOP callbacks, business messages to banks, oracle questions, commands to lanes."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from fspiop.messages.dialogues import DIALOGUES, SERVICES
from schemas.canonical.administration import LimitAdjusted, LimitAlarm, PositionSettled
from schemas.canonical.commands import Undeliverable
from schemas.canonical.events import Delivery, EventBody, Forwarded, Handed, OracleAsked, PartyAsked, TermsAsked
from schemas.canonical.exchange import RateAsked
from schemas.canonical.faults import fault
from schemas.canonical.participants import Participant
from schemas.canonical.wire import Dialect
from switch.bus.port import Bus, BusyError
from switch.crossing import UncrossableError, cross
from switch.delivery_policy import Sent
from switch.dialects import dialect_for
from switch.dialogue_events import party_key
from switch.directory import Directory
from switch.engine import Parcel
from switch.heard import Heard
from switch.hops import Hops
from switch.originals import XmlOriginals
from switch.senders import operator
from switch.senders.fspiop import FspiopSender
from switch.senders.iso import IsoSender
from switch.senders.nats import NatsSender
from switch.senders.oracles import OracleSender
from switch.store.port import OutboxRow
from translator.dialect import HubIdentity, Outgoing, RenderContext, message_id_of, render

_LANES: Final = dict.fromkeys(("quotes", SERVICES, *DIALOGUES), "journey.0") | dict.fromkeys(
    ("parties", "participants"), "lookup"
)


class Senders:
    """One door for the deliverer: whom a row is for decides how it goes out."""

    def __init__(
        self,
        directory: Directory,
        bus: Bus,
        hub: HubIdentity,
        heard: Heard,
        *,
        fspiop: FspiopSender,
        iso: IsoSender,
        nats: NatsSender,
        oracles: OracleSender,
        hops: Hops,
        clock: Callable[[], datetime],
    ) -> None:
        """Each sender knows one way out; `hops` and `clock` tell receivers how long they may take."""
        self._hops = hops
        self._clock = clock
        self._directory = directory
        self._bus = bus
        self._hub = hub
        self._heard = heard
        self._fspiop = fspiop
        self._iso = iso
        self._nats = nats
        self._oracles = oracles
        self._originals = XmlOriginals()

    async def send(self, row: OutboxRow) -> Sent:
        """One attempt to deliver a row, whatever kind it is."""
        receiver = row.event.receiver
        match row.event.body:
            case Handed(command=command):
                return await hand(self._bus, receiver.removeprefix("@"), Parcel(command, hand=row.id))
            case OracleAsked(oracle=number):
                return await self._oracles.send(row, self._directory.oracle_url(number))
            case LimitAlarm() | LimitAdjusted() | PositionSettled() as notice:
                return operator.tell(notice)
        participant = self._directory.participant(receiver)
        if participant is None:
            return Sent(ok=False, permanent=True, fault=fault("DESTINATION_FSP", f"{receiver} is no participant"))
        return await self._to_participant(row, participant)

    async def _to_participant(self, row: OutboxRow, participant: Participant) -> Sent:
        resource = resource_of(row.event.body)
        dialect = dialect_for(row.event, participant, resource, self._heard)
        profile = participant.fspiop
        numbered = participant.iso is not None or dialect is Dialect.FSPIOP_ISO
        context = RenderContext(
            now=row.created,
            # Only messages of ISO 20022 bear an id of their own, and it costs a hash.
            message_id=message_id_of(row.id, row.created) if numbered else "",
            participant=self._directory.participant,
            hub=self._hub,
            originals=self._originals,
            fspiop_version=(profile.version if profile else None) or self._heard.version(participant.name, resource),
            dialect=dialect,
            supplements=profile is None or profile.supplements,
            repeated=row.attempts > 0,
        )
        try:
            outgoing = cross(render(row.event, participant, context), row.event, context)
        except UncrossableError as error:
            return Sent(ok=False, permanent=True, fault=error.fault, reason=str(error))
        if outgoing.dialect is Dialect.ISO_XML:
            if participant.iso is not None and participant.iso.nats:
                return await self._nats.send(outgoing, participant, row)
            return await self._iso.send(outgoing, participant, self._told(outgoing, row))
        return await self._fspiop.send(outgoing, participant, self._told(outgoing, row))

    def _told(self, outgoing: Outgoing, row: OutboxRow) -> tuple[tuple[str, str], ...]:
        """How long the receiver of a request may take, beside the message: nothing signed is changed."""
        until = row.event.until
        if until is None or outgoing.method != "POST" or row.event.delivery is Delivery.RESULT:
            return ()
        return (self._hops.told(outgoing.resource, until, self._clock()),)

    async def undeliverable(self, row: OutboxRow, sent: Sent) -> None:
        """Tell the lane of a dialogue that its message did not arrive, so that the requester gets an answer.

        Raises BusyError when the lane cannot be told now.
        """
        event, body = row.event, row.event.body
        match body:
            case Forwarded(resource=resource, key=key):
                pass
            case PartyAsked(party_id=party):
                resource, key = "parties", party_key(party)
            case TermsAsked(quote_id=key):
                resource = "quotes"
            case RateAsked(resource=resource, key=key):
                pass
            case _:
                return
        if event.requester is None:
            return
        reason = sent.fault or fault("DESTINATION_UNREACHABLE", event.receiver)
        command = Undeliverable(event.requester, resource, key, reason, event.receiver)
        await self._bus.ask_lane(_LANES[resource], Parcel(command, hand=f"{row.id}:undeliverable"))


async def hand(bus: Bus, lane: str, parcel: Parcel) -> Sent:
    """Give a command to another lane; a lane that is busy is asked again."""
    try:
        await bus.ask_lane(lane, parcel)
    except BusyError as busy:
        return Sent(ok=False, reason=str(busy))
    return Sent(ok=True)


def resource_of(body: EventBody) -> str:
    """The FSPIOP resource an event is about."""
    named = getattr(body, "resource", None)
    if named:
        return str(named)
    kind = str(body.__struct_config__.tag)
    if kind.startswith("part"):
        return "participants" if kind in {"participant_found", "party_registered", "parties_registered"} else "parties"
    transfer = getattr(body, "transfer", None)
    return "quotes" if kind.startswith("terms") else str(getattr(transfer, "resource", "transfers"))
