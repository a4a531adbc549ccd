"""Audit of what was told: to whom it must be, once, truly, in order, and only after it was written."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from schemas.canonical.administration import LimitAdjusted, LimitAlarm, PositionSettled
from schemas.canonical.commands import Fulfil, LookUpParty, Reject, SetAccountActive, SetParticipantActive
from schemas.canonical.dialogue import JourneyState
from schemas.canonical.events import (
    Aborted,
    Committed,
    Corrected,
    Delivery,
    Fulfilled,
    Handed,
    PartyAsked,
    Refused,
    Reserved,
    Role,
    Stated,
)
from schemas.canonical.transfer import Answered, Transfer, TransferState
from tests.simulation.audit_fx import expected_of_conversion
from tests.simulation.evidence import Evidence

_FOR_THE_HUB = Handed | LimitAlarm | LimitAdjusted | PositionSettled

_STRANGERS = {"ID_NOT_FOUND", "PAYER_FSP_NOT_FOUND", "DESTINATION_FSP"}
Told = tuple[str, type, Role | None]
"""Receiver, kind of event, and in which role."""


def _outcome_rows(seen: Evidence, key: str) -> Counter[Told]:
    found: Counter[Told] = Counter()
    for row in seen.told[key]:
        if isinstance(row.event.body, Reserved | Fulfilled | Committed | Aborted):
            found[row.receiver, type(row.event.body), getattr(row.event.body, "role", None)] += 1
    return found


def outcomes_reach_exactly_whom_they_must(seen: Evidence) -> Iterator[str]:
    """One reservation to the payee, one outcome to the payer, and to the payee what the scheme promises it."""
    reserved = {row.transfer_id for row in seen.history if row.state == "RESERVED"}
    for transfer in seen.transfers.values():
        expected = Counter(_expected(seen, transfer, transfer.id in reserved))
        found = _outcome_rows(seen, transfer.id)
        if found != expected:
            yield f"{transfer.id} {transfer.state} ({transfer.fault}) told {dict(found)}, not {dict(expected)}"


def _expected(seen: Evidence, transfer: Transfer, reserved: bool) -> Iterator[Told]:
    if transfer.group is not None and not seen.members[transfer.payee].bank:
        return
    if transfer.converts is not None:
        yield from expected_of_conversion(seen, transfer, reserved)
        return
    if transfer.final and transfer.group is None:
        kind = Committed if transfer.state is TransferState.COMMITTED else Aborted
        yield transfer.payer, kind, Role.PAYER
    if not reserved:
        return
    yield transfer.payee, Reserved, None
    payee = seen.members[transfer.payee]
    reason = transfer.fault.name if transfer.fault else ""
    if transfer.state is TransferState.COMMITTED and (payee.confirm or not payee.bank):
        yield transfer.payee, Committed, Role.PAYEE
    rejected = reason == "PARTICIPANT"
    if transfer.state is TransferState.ABORTED and not (rejected and payee.bank):
        yield transfer.payee, Aborted, Role.PAYEE


def refused_payees_that_said_reserved_are_corrected(seen: Evidence) -> Iterator[str]:
    """A payee that waits for the hub's word gets the true state, or the confirmation."""
    for transfer in seen.transfers.values():
        waits = any(
            isinstance(said.command, Fulfil)
            and said.command.answered is Answered.RESERVED
            and said.command.envelope.version != "1.0"
            and said.command.envelope.sender == transfer.payee
            and said.receipt is not None
            for said in seen.said[transfer.id]
        )
        words = [
            row
            for row in seen.told[transfer.id]
            if row.receiver == transfer.payee and isinstance(row.event.body, Corrected | Committed)
        ]
        if waits and not words and not _may_answer_again(seen, transfer):
            yield f"{transfer.payee} said RESERVED for {transfer.id} and was told nothing"


def _may_answer_again(seen: Evidence, transfer: Transfer) -> bool:
    """Whether its provider itself ended a conversion, or a payee was refused while its conversion was open."""
    took_back = transfer.converts is not None and transfer.fault is not None and transfer.fault.name == "PARTICIPANT"
    refusals = [row.event.body for row in seen.told[transfer.id] if row.receiver == transfer.payee]
    return took_back or any(isinstance(body, Refused) and body.fault.name == "VALIDATION" for body in refusals)


def refused_journeys_are_told(seen: Evidence) -> Iterator[str]:
    """A bank whose payment found no payee or no terms is told so, and nobody is told anything else."""
    for key, journey in seen.journeys.items():
        if journey.state is not JourneyState.REFUSED:
            continue
        bank = journey.prepare.payer
        words = [row for row in seen.told[key] if row.receiver == bank and isinstance(row.event.body, Refused)]
        if not words:
            yield f"{bank} was not told that its payment {key} was refused"


def nobody_is_told_two_things(seen: Evidence) -> Iterator[str]:
    """Every word about a transfer agrees with its end, and after the end nobody hears an earlier state."""
    for key, transfer in seen.transfers.items():
        ended: set[str] = set()
        for row in sorted(seen.told[key], key=lambda one: (one.row.lane, one.row.seq)):
            body: Any = row.event.body
            if not isinstance(body, Reserved | Fulfilled | Committed | Aborted | Stated | Corrected):
                continue
            state = body.transfer.state
            if body.transfer.final and state is not transfer.state:
                yield f"{row.receiver} was told {state} of {key}, which is {transfer.state}"
            if not body.transfer.final and row.receiver in ended:
                yield f"{row.receiver} was told {state} of {key} after its end"
            if body.transfer.final:
                ended.add(row.receiver)


def only_parties_and_askers_are_told(seen: Evidence) -> Iterator[str]:
    """Nothing about a transfer goes to others; answers are no more than there were questions."""
    for key, transfer in seen.transfers.items():
        tries = Counter(said.command.envelope.sender for said in seen.said[key])
        answers: Counter[str] = Counter()
        for row in seen.told[key]:
            if isinstance(row.event.body, Stated | Refused):
                answers[row.receiver] += 1
            elif row.receiver not in {transfer.payer, transfer.payee}:
                yield f"{row.receiver} is no party of {key} and was told {type(row.event.body).__name__}"
        for name, count in answers.items():
            if count > tries[name]:
                yield f"{name} said {tries[name]} things about {key} and got {count} answers"


def modified_answers_are_refused(seen: Evidence) -> Iterator[str]:
    """A second, other answer of the payee is refused to it; a bank that was paid is told so again instead."""
    for key, transfer in seen.transfers.items():
        # Of a bulk's item a DFSP hears with the bulk.
        rows = [*seen.told[key], *seen.told[transfer.group or ""]]
        words = [row.event.body for row in rows if row.receiver == transfer.payee]
        for said in seen.said[key]:
            command = said.command
            other = isinstance(command, Fulfil | Reject) and command.envelope.content_hash != transfer.answer_hash
            first = transfer.answer_hash is not None and not (isinstance(command, Fulfil) and command.iso_status)
            if not (other and first) or said.receipt is None or command.envelope.sender != transfer.payee:
                continue
            if isinstance(command, Fulfil) and command.envelope.version == "1.0":
                continue
            if transfer.converts is not None and transfer.fault is not None and transfer.fault.name == "PARTICIPANT":
                continue
            paid = transfer.state is TransferState.COMMITTED and seen.members[transfer.payee].bank
            if not any(isinstance(word, Corrected if paid else Refused) for word in words):
                yield f"{transfer.payee} answered {key} twice, differently, and was not told"


def everything_owed_was_delivered(seen: Evidence) -> Iterator[str]:
    """Results reach their receivers; only dialogues and expired executions may be given up."""
    for number, row in seen.rows.items():
        if not row.done:
            yield f"row {number} ({type(row.event.body).__name__} to {row.receiver}) was never delivered"
        elif row.parked is not None:
            if row.event.delivery is Delivery.RESULT:
                yield f"row {number}, a result for {row.receiver}, was given up: {row.parked}"
        elif not isinstance(row.event.body, _FOR_THE_HUB) and number not in seen.heard.get(row.receiver, set()):
            yield f"row {number} is marked delivered, {row.receiver} never got it"


def executions_are_given_up_only_after_expiry(seen: Evidence) -> Iterator[str]:
    """A reservation that its payee never got was told until it expired; one whose answer was lost may look so too."""
    for number, row in seen.rows.items():
        body = row.event.body
        got = number in seen.heard.get(row.receiver, set())
        if isinstance(body, Reserved) and row.parked is not None and not got:
            transfer = seen.transfers[body.transfer.id]
            if transfer.state is not TransferState.ABORTED:
                yield f"row {number} was given up, its transfer is {transfer.state}"


def what_was_heard_was_written(seen: Evidence) -> Iterator[str]:
    """Nobody hears of what is not in the tables, or something else than is there; repeats are equal."""
    for name, journal in seen.journals.items():
        for heard in journal.heard:
            row = seen.rows.get(heard.row.id)
            if row is None:
                yield f"{name} heard row {heard.row.id}, which does not exist"
            elif (heard.row.event, name) != (row.event, row.receiver):
                yield f"{name} heard {heard.row.event} as row {heard.row.id}, the table has {row.event}"


def numbers_have_no_gap(seen: Evidence) -> Iterator[str]:
    """Outbox rows of a lane are 1, 2, 3 ...; commits follow each other under rising epochs and one clock."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for row in seen.rows.values():
        numbers[row.row.lane].append(row.row.seq)
    for lane, last in seen.last_numbers.items():
        if sorted(numbers[lane]) != list(range(1, last + 1)):
            yield f"lane {lane} has gaps in its outbox up to {last}"
    before: dict[str, Any] = {}
    for written in seen.written:
        lease, now = written.lease, written.batch.now
        if lease.lane in before:
            epoch, seq, then = before[lease.lane]
            if lease.epoch < epoch or lease.seq != seq or now < then:
                yield f"lane {lease.lane}: a commit at {lease} {now} after {before[lease.lane]}"
        before[lease.lane] = lease.epoch, lease.seq + len(written.batch.events), now


def commands_between_lanes_count_once(seen: Evidence) -> Iterator[str]:
    """However often one lane hands a lookup to another, the payee's FSP is asked once."""
    asked: Counter[tuple[str, str]] = Counter()
    handed: Counter[tuple[str, str]] = Counter()
    for row in seen.rows.values():
        body = row.event.body
        if isinstance(body, PartyAsked):
            asked[body.source, body.party_id.identifier] += 1
        # Without a receiver it only asks who holds the party.
        if isinstance(body, Handed) and isinstance(body.command, LookUpParty) and body.command.envelope.receiver:
            handed[body.command.envelope.sender, body.command.party_id.identifier] += 1
    yield from (f"{key} was asked {asked[key]} times for {handed[key]} lookups" for key in asked - handed)


def members_are_known(seen: Evidence) -> Iterator[str]:
    """No lane takes a member for a stranger, in a run in which nobody was switched off."""
    pauses = SetParticipantActive | SetAccountActive
    if any(isinstance(said.command, pauses) for said in seen.journals["operator"].said):
        return
    for number, row in seen.rows.items():
        body = row.event.body
        if isinstance(body, Refused) and body.fault.name in _STRANGERS:
            yield f"row {number} says to {row.receiver}: {body.fault.description}"


def nothing_was_parked(seen: Evidence) -> Iterator[str]:
    """No command broke the code that decides it."""
    for lane, kind, trace in seen.parked_commands:
        yield f"lane {lane} parked {kind}: {trace.strip().splitlines()[-1]}"
