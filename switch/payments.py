"""Messages of many payments: every payment is prepared by itself, and one report tells when all have ended. Pure.

A payment between banks is decided here at once; one that needs a journey is handed to it and comes back as an ordinary
Prepare. A payment that an earlier message ordered is not ordered again: its end is its end here too.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.commands import Command, Prepare
from schemas.canonical.dialogue import Journey, JourneyState
from schemas.canonical.events import Aborted, Committed, Delivery, Event, Role
from schemas.canonical.faults import Fault, fault
from schemas.canonical.funds import FundsMovement
from schemas.canonical.identity import TransferId
from schemas.canonical.outcome import Outcome, Posting, Stored
from schemas.canonical.party import Party
from schemas.canonical.payments import (
    AnswerPayments,
    FollowPayment,
    GroupedPayment,
    OrderedPayment,
    PaymentEnded,
    PaymentGroup,
    PaymentResult,
    PaymentsReported,
    PaymentTally,
    PaymentWait,
    PreparePayments,
    ReportPayments,
    is_group,
)
from schemas.canonical.terms import IsoReferences, Terms
from schemas.canonical.transfer import Transfer
from switch import transfers
from switch.dialogue_events import JOURNEY_LANE, LEDGER_LANE, handed
from switch.engine import Step, absorb
from switch.many_answers import hand_on
from switch.state import State

_TWICE: Final = fault("DUPLICATE_PAYMENT", "the message holds this payment twice")


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a message of many payments."""
    match command:
        case PreparePayments():
            return _prepare(state, command)
        case AnswerPayments():
            return hand_on(command)
        case PaymentEnded():
            return _ended(state, command)
        case FollowPayment():
            return _follow(state, command)
        case ReportPayments():
            return _report(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} is not about a message of many payments")


def followed(decide: Step) -> Step:
    """The step of transfers; what ends by it is counted in its groups, whose payer is told by their report alone."""

    def follow(state: State, command: Command) -> Outcome:
        if isinstance(command, Prepare) and command.group is not None and is_group(command.group):
            transfer = state.get(Transfer, command.transfer_id)
            if transfer is not None:
                return _known_by_now(state, command, transfer)
        outcome = decide(state, command)
        ended = [put for put in outcome.puts if isinstance(put, Transfer) and put.final and not _was_final(state, put)]
        for one in ended:
            if is_group(one.group) or state.get(PaymentWait, one.id) is not None:
                events = tuple(event for event in outcome.events if not _told_by_report(event))
                return _counted(state, replace(outcome, events=events), ended)
        return outcome

    return follow


def _known_by_now(state: State, command: Prepare, transfer: Transfer) -> Outcome:
    """A payment of a group comes from its journey, and another message has ordered it meanwhile."""
    key = command.group or ""
    if (transfer.payer, transfer.prepare_hash) == (command.payer, command.envelope.content_hash):
        return _follow(state, FollowPayment(key, transfer.id))
    return _ended(state, PaymentEnded(key, transfer.id, _other_content(transfer.id)))


def _other_content(transfer_id: TransferId) -> Fault:
    return fault("MODIFIED", f"transfer {transfer_id} exists with other content")


def _was_final(state: State, transfer: Transfer) -> bool:
    before = state.get(Transfer, transfer.id)
    return before is not None and before.final


def _told_by_report(event: Event) -> bool:
    """Whether it is the end of a payment of a group, told to its payer."""
    body = event.body
    return isinstance(body, Committed | Aborted) and body.role is Role.PAYER and is_group(body.transfer.group)


def _counted(state: State, outcome: Outcome, ended: Iterable[Transfer]) -> Outcome:
    """The outcome with the tallies of all groups whose payments ended by it; the last payment calls for the report."""
    fewer: dict[str, int] = {}
    waits: list[Stored] = []
    for transfer in ended:
        wait = state.get(PaymentWait, transfer.id)
        groups = wait.groups if wait is not None else ()
        if wait is not None:
            waits.append(replace(wait, groups=()))
        own = (transfer.group,) if transfer.group is not None and is_group(transfer.group) else ()
        for key in (*own, *groups):
            fewer[key] = fewer.get(key, 0) + 1
    tallies, events = _fewer(state, fewer)
    return replace(outcome, puts=(*outcome.puts, *waits, *tallies), events=(*outcome.events, *events))


def _fewer(state: State, fewer: dict[str, int]) -> tuple[list[Stored], list[Event]]:
    puts: list[Stored] = []
    events: list[Event] = []
    for key, number in fewer.items():
        tally = state.get(PaymentTally, key)
        if tally is None or not tally.open:
            continue
        after = replace(tally, left=tally.left - number)
        puts.append(after)
        group = state.get(PaymentGroup, key)
        if not after.open and group is not None:
            events.append(_call_for_report(group))
    return puts, events


def _call_for_report(group: PaymentGroup) -> Event:
    ids = dict.fromkeys(one.transfer_id for one in group.payments)
    return handed(LEDGER_LANE, ReportPayments(group.id, tuple(ids)), group.id)


def _prepare(state: State, command: PreparePayments) -> Outcome:
    """Each payment in order sees what the ones before it took; a repeat is told the report again once there is one."""
    known = state.get(PaymentGroup, command.key)
    if known is not None:
        return Outcome(events=() if known.open else (_call_for_report(known),), state=_word(known))
    work = _Work(state, command)
    for one in command.payments:
        work.take(one)
    group = PaymentGroup(
        command.key,
        command.envelope.sender,
        command.terms.references or IsoReferences(),
        tuple(work.payments),
        state.now,
        command.control_sum,
    )
    if not work.left:
        work.events.append(_call_for_report(group))
    puts = (*work.puts, *work.waits.values(), PaymentTally(group.id, work.left), group)
    return Outcome(puts, tuple(work.postings), tuple(work.events), _word(group))


def _word(group: PaymentGroup) -> str:
    return "PROCESSING" if group.open else "COMPLETED"


class _Work:
    """One message on its way through the ledger: what its payments came to so far."""

    def __init__(self, state: State, command: PreparePayments) -> None:
        self._command = command
        self._tried = state.fork()
        self.payments: list[GroupedPayment] = []
        self.puts: list[Stored] = []
        self.waits: dict[TransferId, PaymentWait] = {}
        self.postings: list[Posting] = []
        self.events: list[Event] = []
        self.left = 0
        self._seen: set[TransferId] = set()

    def take(self, one: OrderedPayment) -> None:
        """Begin one payment, or say why not."""
        reason = one.fault if one.void else _TWICE if one.transfer_id in self._seen else self._used_before(one)
        references = one.terms.references or IsoReferences()
        self.payments.append(GroupedPayment(one.transfer_id, references, reason))
        if reason is not None:
            return
        self._seen.add(one.transfer_id)
        transfer = self._tried.get(Transfer, one.transfer_id)
        journey = self._tried.get(Journey, one.transfer_id)
        if transfer is not None:
            self._join(transfer)
        elif journey is not None or one.journey:
            if journey is None or journey.state is not JourneyState.REFUSED:
                self.events.append(handed(JOURNEY_LANE, _alone(self._command, one), one.transfer_id))
                self.left += 1
        else:
            self._begin(one)

    def _used_before(self, one: OrderedPayment) -> Fault | None:
        """Why the id cannot be this payment's: it is that of another payment, or of a movement of funds."""
        transfer, journey = (self._tried.get(kind, one.transfer_id) for kind in (Transfer, Journey))
        if self._tried.get(FundsMovement, one.transfer_id) is not None:
            return fault("MODIFIED", f"transfer {one.transfer_id} is a movement of funds")
        sender = self._command.envelope.sender
        known = None
        if isinstance(transfer, Transfer):
            known = (transfer.payer, transfer.prepare_hash)
        elif isinstance(journey, Journey):
            known = (journey.prepare.payer, journey.prepare.envelope.content_hash)
        if known is None or known == (sender, one.content_hash):
            return None
        return _other_content(one.transfer_id)

    def _join(self, transfer: Transfer) -> None:
        if transfer.final:
            return
        wait = self._tried.get(PaymentWait, transfer.id)
        groups = wait.groups if wait is not None else ()
        self.waits[transfer.id] = PaymentWait(transfer.id, (*groups, self._command.key))
        self.left += 1

    def _begin(self, one: OrderedPayment) -> None:
        outcome = transfers.step(self._tried, _alone(self._command, one))
        absorb(self._tried, outcome, [], [])
        self.puts.extend(outcome.puts)
        self.postings.extend(outcome.postings)
        self.events.extend(event for event in outcome.events if not _told_by_report(event))
        begun = self._tried.get(Transfer, one.transfer_id)
        self.left += begun is not None and not begun.final


def parts(command: PreparePayments) -> Iterator[Prepare]:
    """The payments of a message, each as it would have come alone."""
    return (_alone(command, one) for one in command.payments)


def _alone(command: PreparePayments, one: OrderedPayment) -> Prepare:
    envelope = replace(
        command.envelope, message_id=None, content_hash=one.content_hash, receiver=None, original=one.original
    )
    return Prepare(
        envelope, one.transfer_id, envelope.sender, one.payee, one.amount, one.expiry, one.terms, group=command.key,
        fault=one.fault, returns=one.returns,
    )  # fmt: skip


def _ended(state: State, command: PaymentEnded) -> Outcome:
    puts: list[Stored] = []
    group, wait = state.get(PaymentGroup, command.key), state.get(PaymentWait, command.transfer_id)
    if group is not None and command.fault is not None:
        group = _with_fault(group, command.transfer_id, command.fault)
        puts.append(group)
    if wait is not None and command.key in wait.groups:
        puts.append(replace(wait, groups=tuple(one for one in wait.groups if one != command.key)))
    tallies, events = _fewer(state, {command.key: 1})
    return Outcome((*puts, *tallies), events=tuple(events), state="ENDED")


def _with_fault(group: PaymentGroup, transfer_id: TransferId, reason: Fault) -> PaymentGroup:
    payments = tuple(
        replace(one, fault=reason) if one.transfer_id == transfer_id and one.fault is None else one
        for one in group.payments
    )
    return replace(group, payments=payments)


def _follow(state: State, command: FollowPayment) -> Outcome:
    transfer = state.get(Transfer, command.transfer_id)
    if transfer is not None and transfer.final:
        tallies, events = _fewer(state, {command.key: 1})
        return Outcome(tuple(tallies), events=tuple(events), state="ENDED")
    wait = state.get(PaymentWait, command.transfer_id)
    groups = wait.groups if wait is not None else ()
    return Outcome((PaymentWait(command.transfer_id, (*groups, command.key)),), state="FOLLOWED")


def _report(state: State, command: ReportPayments) -> Outcome:
    group = state.get(PaymentGroup, command.key)
    if group is None:
        raise LookupError(f"{command.key} is reported, but is not there")
    results = tuple(_result(state, one) for one in group.payments)
    ended = group if group.ended is not None else replace(group, ended=state.now)
    puts = () if ended is group else (ended,)
    # The report repeats the message's references; those of its payments are in the results.
    told = replace(ended, payments=())
    event = Event(group.payer, PaymentsReported(told, results), Delivery.RESULT, group.id)
    return Outcome(puts, events=(event,), state=_word(ended))


def _result(state: State, one: GroupedPayment) -> PaymentResult:
    if one.fault is not None:
        return PaymentResult(one.references, fault=one.fault)
    transfer, journey = state.get(Transfer, one.transfer_id), state.get(Journey, one.transfer_id)
    if transfer is not None:
        return PaymentResult(one.references, _slim(transfer, one.references), transfer.fault)
    if journey is None or journey.fault is None:
        raise LookupError(f"payment {one.transfer_id} is reported, but has not ended")
    return PaymentResult(one.references, fault=journey.fault)


def _slim(transfer: Transfer, references: IsoReferences) -> Transfer:
    """The transfer without what its payer's bank said itself."""
    terms = transfer.terms
    told = Terms(
        terms.transaction_id, terms.amount, Party(), Party(), payee_fee=terms.payee_fee, references=references,
        exchange=terms.exchange,
    )  # fmt: skip
    return replace(transfer, terms=told, condition=None, fulfilment=None)
