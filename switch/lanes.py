"""Which step decides which command in which lane; every worker runs the same loop with one of these steps."""

from collections.abc import Mapping
from typing import Final, get_args

from schemas.canonical import administration, commands, forwarding, instructions, keys, reporting, settlement
from schemas.canonical.bulk import AbortBulk, AnswerBulk, PrepareBulk, QueryBulk, RejectBulk
from schemas.canonical.business_days import DayCommand
from schemas.canonical.cases import CancelPayment, CaseCommand
from schemas.canonical.commands import Command, Refuse
from schemas.canonical.dialects import SetFspiopProfile
from schemas.canonical.events import Delivery, Event, Refused
from schemas.canonical.exchange import AnswerRate, ConversionSettled
from schemas.canonical.fees import FeeCommand
from schemas.canonical.initiation import INITIATIONS, InitiationCommand
from schemas.canonical.late import LateCommand
from schemas.canonical.outcome import Outcome
from schemas.canonical.payments import PaymentsCommand
from schemas.canonical.requests import REQUESTS, RequestCommand
from schemas.canonical.settlement_agents import SetSettlementAgent
from schemas.canonical.statuses import Enquire
from schemas.canonical.system import (
    AcknowledgeEvent,
    KeepMessage,
    ResendMessages,
    SendBroadcast,
    SetPresence,
    TellEvent,
)
from schemas.canonical.verification import VerificationCommand
from switch import (
    access,
    agents,
    bulk,
    business_days,
    cut_offs,
    dialogues,
    enquiries,
    fees,
    finalising,
    funds,
    instructing,
    late,
    late_ends,
    leg_bookings,
    liquidity,
    lookup,
    participants,
    payments,
    prefunding,
    quotes,
    scheme,
    system,
    verification,
)
from switch import reporting as asking
from switch.business_day import dated
from switch.cap_shares import capped
from switch.cases import case_step, with_cases
from switch.clearing import cleared
from switch.engine import Step
from switch.initiation import heard as initiated
from switch.initiation import step as initiate
from switch.journeys import conversion, iso_to_fspiop
from switch.movements import noticed
from switch.notices import watched
from switch.requests import step as request
from switch.requests import with_requests
from switch.state import State

LEDGER: Final = "ledger"
"""Money, participants, limits: the one lane that moves balances."""
LOOKUP: Final = "lookup"
"""Who holds a party."""
JOURNEY: Final = "journey.0"
"""Quotes, and what happens between dialects before money is reserved."""
INITIATION: Final = "initiation"
"""Orders of many payments."""

_EXECUTED: Final = frozenset({"transfers", "bulkTransfers", "fxTransfers", INITIATIONS, REQUESTS})
_TRANSFERS: Final = (commands.Prepare, commands.Fulfil, commands.Reject, commands.Note, commands.Query)
_BULKS: Final = (PrepareBulk, AnswerBulk, RejectBulk, AbortBulk, QueryBulk)
_MEMBERS: Final = (
    commands.CreateParticipant,
    commands.CreateHubAccount,
    commands.SetParticipantActive,
    commands.SetAccountActive,
    commands.SetInitialLimits,
    commands.SetLimit,
    commands.SetEndpoint,
    commands.SetIsoProfile,
    SetFspiopProfile,
    forwarding.SetServices,
)
_SCHEME: Final = (
    commands.CreateSettlementModel,
    commands.SetSettlementModelActive,
    administration.CreateLedgerAccountType,
    commands.SetOracle,
)
_PARTIES: Final = (
    commands.LookUpParty,
    commands.AnswerParty,
    commands.LookUpParticipant,
    commands.RegisterParty,
    commands.RegisterParties,
    forwarding.Forward,
    commands.OracleAnswered,
    commands.Expire,
    commands.Undeliverable,
)
_JOURNEYS: Final = (commands.Prepare, commands.AnswerParty, commands.Expire)
_CONVERSIONS: Final = (AnswerRate, ConversionSettled)
_QUOTES: Final = (commands.RequestTerms, commands.AnswerTerms, commands.QueryTerms)
_QUESTIONS: Final = (
    reporting.AskBalances,
    reporting.AskPayments,
    reporting.AskReports,
    reporting.TellReports,
    reporting.TellPayments,
    reporting.SetThresholds,
)
_ROUTED: Final = (forwarding.Forward, forwarding.FindProviders, commands.Undeliverable)


def refuse(_state: State, command: Command) -> Outcome:
    """Tell a sender why its message could not become another command; every lane does it alike."""
    if not isinstance(command, Refuse):
        raise TypeError(f"{type(command).__name__} is no refusal")
    body = Refused(command.resource, command.key, command.fault, command.terms)
    delivery = Delivery.RESULT if command.resource in _EXECUTED else Delivery.DIALOGUE
    event = Event(command.envelope.sender, body, delivery, order=command.key)
    return Outcome(events=(event,), state=command.fault.name)


def _table(*parts: tuple[tuple[type, ...], Step]) -> Mapping[type, Step]:
    return {Refuse: refuse} | {kind: step for kinds, step in parts for kind in kinds}


_SETTLED: Final[Step] = conversion.heard(cleared(payments.followed(bulk.follow)))
"""Transfers, with all that follows from their ends."""
_BY_COMMAND: Final[dict[str, Mapping[type, Step]]] = {
    LEDGER: _table(
        ((*_TRANSFERS, CancelPayment), _SETTLED),
        ((instructions.AgentDecides,), prefunding.deciding(_SETTLED)),
        ((commands.Expire,), with_requests(_SETTLED)),
        (get_args(RequestCommand), request),
        (get_args(CaseCommand), case_step(_SETTLED)),
        (get_args(PaymentsCommand), payments.step),
        ((TellEvent, SetPresence, SendBroadcast, AcknowledgeEvent), system.step),
        ((Enquire,), enquiries.step),
        (_BULKS, cleared(bulk.step)),
        (_MEMBERS, participants.step),
        ((commands.SetKeys, *get_args(keys.KeyCommand)), access.step),
        ((commands.RecordFunds,), prefunding.told(liquidity.ended(funds.step))),
        ((reporting.MoveLiquidity, reporting.OrderLimits), prefunding.told(liquidity.step)),
        (_QUESTIONS, asking.step),
        (_SCHEME, scheme.step),
        (get_args(FeeCommand), fees.step),
        (get_args(settlement.SettlementCommand), cut_offs.step),
        (get_args(DayCommand), business_days.step),
        ((SetSettlementAgent,), agents.step),
        ((instructions.InstructSettlement, instructions.HearAgent), instructing.step),
        ((instructions.TellBookings,), leg_bookings.with_payments(instructing.step, _SETTLED)),
        (get_args(LateCommand), late_ends.step),
        ((instructions.ValidateSettlement, instructions.FinaliseSettlement), finalising.step),
    ),
    LOOKUP: _table((_PARTIES, lookup.step)),
    JOURNEY: _table(
        (_QUOTES, quotes.step),
        (_ROUTED, dialogues.step),
        (_JOURNEYS, verification.heard(iso_to_fspiop.step)),
        (get_args(VerificationCommand), verification.step),
        (_CONVERSIONS, conversion.step),
        ((KeepMessage, ResendMessages), system.step),
    ),
    INITIATION: _table(((*get_args(InitiationCommand), commands.Expire), initiate)),
}


def _lane(name: str) -> Step:
    table = _BY_COMMAND[name]

    def step(state: State, command: Command) -> Outcome:
        decide = table.get(type(command))
        if decide is None:
            raise ValueError(f"lane {name} does not decide {type(command).__name__}")
        return decide(state, command)

    return system.receipted(step)


_WHOLE: Final = initiated(with_cases(instructing.with_agents(_lane(LEDGER))))
STEPS: Final[dict[str, Step]] = {name: _lane(name) for name in _BY_COMMAND} | {
    LEDGER: dated(noticed(watched(capped(late.mirrored(_WHOLE))))),
    JOURNEY: initiated(_lane(JOURNEY)),
}
"""Lane -> its step."""
