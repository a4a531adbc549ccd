"""Deliveries of each kind: FSPIOP callbacks, business messages to banks, oracle questions, commands to lanes."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Final

from fspiop.messages.dialogues import DIALOGUES, SERVICES
from schemas.canonical.administration import (
    LimitAdjusted,
    LimitAlarm,
    PositionSettled,
    SettlementAlert,
    ThresholdCrossed,
)
from schemas.canonical.commands import Undeliverable
from schemas.canonical.events import Delivery, Forwarded, Handed, OracleAsked, PartyAsked, TermsAsked
from schemas.canonical.exchange import RateAsked
from schemas.canonical.faults import fault
from schemas.canonical.reporting_events import PaymentsAsked, ReportAsked, ReportTold
from schemas.canonical.system import EventAcknowledged, EventTold, MessageReceived, Resent
from schemas.canonical.verification import RESOURCE as VERIFICATIONS
from schemas.canonical.verification import VerificationAsked
from schemas.canonical.wire import Dialect
from switch.bus.port import Bus, BusyError
from switch.crossing import UncrossableError
from switch.delivery_policy import Sent
from switch.dialogue_events import party_key
from switch.directory import Directory
from switch.engine import Parcel
from switch.heard import Heard
from switch.hops import Hops
from switch.senders import operator
from switch.senders.fspiop import FspiopSender
from switch.senders.iso import IsoSender
from switch.senders.nats import NatsSender
from switch.senders.oracles import OracleSender
from switch.senders.rendering import Renderer, resource_of
from switch.senders.reports import ReportMaker
from switch.store.port import OutboxRow, RowId
from translator.dialect import HubIdentity, Outgoing

__all__ = ["Senders", "hand", "resource_of"]

_ALWAYS: Final = (EventAcknowledged, EventTold, MessageReceived, Resent)
"""What is told a participant that has signed off too."""
_OTHERWISE: Final = frozenset({
    Handed, OracleAsked, ReportAsked, PaymentsAsked, LimitAlarm, LimitAdjusted, PositionSettled, ThresholdCrossed,
    SettlementAlert,
})  # fmt: skip
"""What is no message to a participant."""
_LANES: Final = dict.fromkeys(("quotes", SERVICES, VERIFICATIONS, *DIALOGUES), "journey.0") | dict.fromkeys(
    ("parties", "participants"), "lookup"
)

StillOpen = Callable[[Collection[RowId]], Awaitable[set[RowId]]]


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
        reports: ReportMaker,
        hops: Hops,
        clock: Callable[[], datetime],
        still_open: StillOpen,
    ) -> None:
        """Each sender knows one way out; `hops` and `clock` tell receivers how long they may take.

        `still_open` tells of rows that their receivers fetch whether they still wait.
        """
        self._hops = hops
        self._clock = clock
        self._directory = directory
        self._bus = bus
        self._fspiop = fspiop
        self._iso = iso
        self._nats = nats
        self._oracles = oracles
        self._reports = reports
        self._renderer = Renderer(directory, hub, heard)
        self._still_open = still_open

    def send(self, row: OutboxRow) -> Awaitable[Sent]:
        """One attempt to deliver a row, whatever kind it is: made and signed now, sent when it is awaited."""
        kind = type(row.event.body)
        if kind in _OTHERWISE:
            return self._otherwise(row)
        return self._filled(row) if kind is ReportTold else self._message(row)

    async def _filled(self, row: OutboxRow) -> Sent:
        return await self._message(await self._reports.filled(row))

    def _message(self, row: OutboxRow) -> Awaitable[Sent]:
        participant = self._directory.participant(row.event.receiver)
        if participant is None:
            return _ended(_nobody(row.event.receiver))
        iso = participant.iso
        if iso is not None and iso.way == "pull":
            return self._waits(row)
        if self._directory.signed_off(participant.name) and not isinstance(row.event.body, _ALWAYS):
            return _ended(_signed_off(row, participant.name))
        try:
            outgoing = self._renderer.outgoing(row, participant, repeated=row.attempts > 0)
        except UncrossableError as error:
            return _ended(Sent(ok=False, permanent=True, fault=error.fault, reason=str(error)))
        if outgoing.dialect is not Dialect.ISO_XML:
            return self._fspiop.send(outgoing, participant, self._told(outgoing, row))
        if iso is not None and iso.way == "nats":
            return self._nats.send(outgoing, participant, row)
        return self._iso.send(outgoing, participant, self._told(outgoing, row))

    async def _otherwise(self, row: OutboxRow) -> Sent:
        """Rows that are no message to a participant yet, or never."""
        match row.event.body:
            case Handed(command=command):
                lane = row.event.receiver.removeprefix("@")
                return await hand(self._bus, lane, Parcel(command, hand=row.id))
            case OracleAsked(oracle=number):
                return await self._oracles.send(row, self._directory.oracle_url(number))
            case ReportAsked() | PaymentsAsked():
                return await self._reports.send(row)
            case LimitAlarm() | LimitAdjusted() | PositionSettled() | ThresholdCrossed() | SettlementAlert() as notice:
                return operator.tell(notice)
            case body:
                raise TypeError(f"{type(body).__name__} is a message to a participant")

    async def _waits(self, row: OutboxRow) -> Sent:
        """A message its receiver fetches: nothing is sent, and it has ended once it was acknowledged."""
        if await self._still_open([row.key]):
            return Sent(ok=False, waits=True, reason="waits to be fetched")
        return Sent(ok=True)

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
            case VerificationAsked(question=question):
                resource, key = VERIFICATIONS, question.number
            case _:
                return
        if event.requester is None:
            return
        reason = sent.fault or fault("DESTINATION_UNREACHABLE", event.receiver)
        command = Undeliverable(event.requester, resource, key, reason, event.receiver)
        await self._bus.ask_lane(_LANES[resource], Parcel(command, hand=f"{row.id}:undeliverable"))


async def _ended(sent: Sent) -> Sent:
    """For attempts that need no wait."""
    return sent


def _nobody(name: str) -> Sent:
    return Sent(ok=False, permanent=True, fault=fault("DESTINATION_FSP", f"{name} is no participant"))


def _signed_off(row: OutboxRow, name: str) -> Sent:
    """A dialogue is of no use later; everything else waits until the participant is back, or its time is over."""
    if row.event.delivery is Delivery.DIALOGUE:
        return Sent(ok=False, permanent=True, fault=fault("SIGNED_OFF", f"{name} has signed off"))
    return Sent(ok=False, waits=True, reason="signed off")


async def hand(bus: Bus, lane: str, parcel: Parcel) -> Sent:
    """Give a command to another lane; a lane that is busy is asked again."""
    try:
        await bus.ask_lane(lane, parcel)
    except BusyError as busy:
        return Sent(ok=False, reason=str(busy))
    return Sent(ok=True)
