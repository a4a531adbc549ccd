"""Verification of parties: each question goes to who holds the party, and all are answered together. Pure.

A DFSP is asked by GET /parties, by way of the lookup lane; a bank that verifies by acmt.023; of other banks nobody can
say. What is silent at the deadline is answered as such. A DFSP that looks up a party of a bank that verifies is a
verification of one question.
"""

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from schemas.canonical.commands import AnswerParty, Command, Expire, LookUpParty, Undeliverable
from schemas.canonical.events import Delivery, Event, PartyFound
from schemas.canonical.faults import Fault, fault, participant_fault
from schemas.canonical.identity import FspId, derived_uuid, iso_reference
from schemas.canonical.outcome import Outcome
from schemas.canonical.party import Party, PartyId
from schemas.canonical.verification import (
    RESOURCE,
    AnswerVerification,
    PartyFinding,
    PartyQuestion,
    Verification,
    VerificationAsked,
    VerificationReported,
    VerifyForDfsp,
    VerifyParties,
)
from schemas.canonical.wire import Dialect, Envelope
from schemas.codes.verification import error_code, word
from switch.dialogue_events import LOOKUP_LANE, active, dialogue, handed, party_key, refusal
from switch.engine import Step
from switch.names import Match, compare
from switch.state import State

KIND: Final = "verification"
"""The kind of a deadline of these."""
_SILENT: Final = "nobody answered in time"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about a verification."""
    match command:
        case VerifyParties():
            return _verify(state, command)
        case VerifyForDfsp():
            return _for_dfsp(state, command)
        case AnswerVerification():
            return _bank_answered(state, command)
        case Expire(key=key):
            return _expire(state, key)
        case Undeliverable(key=number):
            return _found_by_number(state, command.receiver, {number: PartyFinding(False, fault=command.fault)})
        case _:
            raise ValueError(f"{type(command).__name__} is not about a verification")


def heard(decide: Step) -> Step:
    """The step of journeys; what a DFSP says of a party answers the questions of its bank too."""

    def follow(state: State, command: Command) -> Outcome:
        if isinstance(command, Expire) and command.kind == KIND:
            return step(state, command)
        outcome = decide(state, command)
        if not isinstance(command, AnswerParty):
            return outcome
        more = _party_answered(state, command)
        if not more.puts:
            return outcome
        return Outcome((*outcome.puts, *more.puts), events=(*outcome.events, *more.events), state=more.state)

    return follow


def verifies(state: State, name: FspId) -> bool:
    """Whether that participant is a bank that is asked about its customers."""
    found = active(state, name)
    return found is not None and found.iso is not None and found.iso.verifies


def _verify(state: State, command: VerifyParties) -> Outcome:
    known = state.get(Verification, command.key)
    if known is not None:
        return Outcome(events=() if known.open else tuple(_told(state, known)), state=_word(known))
    begun = Verification(
        command.key,
        command.envelope.sender,
        tuple(_numbered(command.key, place, one) for place, one in enumerate(command.questions)),
        state.now + state.profile.dialogue_timeout,
        command.message_id,
        command.made,
        header=command.envelope.header,
    )
    return _asked(state, begun)


def _for_dfsp(state: State, command: VerifyForDfsp) -> Outcome:
    """One question to the bank, however often the DFSP asks while it is open."""
    envelope = command.envelope
    key = f"{envelope.sender}/{party_key(command.party_id)}@{command.bank}"
    known = state.get(Verification, key)
    if known is not None and known.open:
        return Outcome(state=_word(known))
    number = _number(key, state.now.isoformat())
    question = PartyQuestion("1", Party(id=command.party_id, fsp=command.bank), command.bank, number)
    variant = Dialect.FSPIOP_ISO in (envelope.dialect, envelope.answers)
    begun = Verification(
        key, envelope.sender, (question,), state.now + state.profile.dialogue_timeout,
        dialect=envelope.spoken if variant else None,
    )  # fmt: skip
    return _asked(state, begun)


def _number(*parts: str) -> str:
    return iso_reference(derived_uuid(RESOURCE, *parts))  # type: ignore[arg-type]


def _numbered(key: str, place: int, question: PartyQuestion) -> PartyQuestion:
    return replace(question, number=_number(key, str(place)))


def _asked(state: State, begun: Verification) -> Outcome:
    """Every question to who must answer it."""
    questions: list[PartyQuestion] = []
    events: list[Event] = []
    for question in begun.questions:
        reason = question.fault or (None if question.party.id else fault("MISSING_ELEMENT", "account, proxy or id"))
        if reason is None and active(state, begun.asker) is None:
            reason = fault("PARTICIPANT_INACTIVE", begun.asker)
        asked = _ask(state, begun.asker, question) if reason is None else PartyFinding(False, fault=reason)
        if isinstance(asked, PartyFinding):
            questions.append(replace(question, finding=asked))
        else:
            questions.append(question)
            events.append(asked)
    return _settled(state, replace(begun, questions=tuple(questions)), events)


def _ask(state: State, asker: FspId, question: PartyQuestion) -> Event | PartyFinding:
    party_id, fsp = question.party.id, question.fsp
    if party_id is None:
        raise ValueError("a question names its party")
    if fsp is not None and active(state, fsp) is None:
        return PartyFinding(False, fault=fault("DESTINATION_FSP", f"{fsp} is not in the scheme"))
    holder = active(state, fsp)
    if holder is None or holder.iso is None:
        envelope = Envelope(asker, Dialect.INTERNAL, fsp, received_at=state.now)
        currency = question.party.currencies[0] if question.party.currencies else None
        return handed(LOOKUP_LANE, LookUpParty(envelope, party_id, currency), question.number)
    if not holder.iso.verifies:
        return PartyFinding(False, word("unsaid"))
    body = VerificationAsked(asker, question)
    return dialogue(state, holder.name, body, question.number, requester=asker)


def _party_answered(state: State, command: AnswerParty) -> Outcome:
    """Every open question of that bank about this party that waits for this FSP, or for the hub's oracles."""
    sender, bank = command.envelope.sender, command.envelope.receiver
    outcomes = []
    for one in state.all(Verification):
        if one.asker != bank or not one.open:
            continue
        questions: list[PartyQuestion] = []
        events: list[Event] = []
        for question in one.questions:
            if not _waits(state, question, sender, command.party_id, failed=command.fault is not None):
                questions.append(question)
                continue
            after, event = _answered(state, one.asker, question, command)
            questions.append(after)
            events.extend(event)
        if tuple(questions) != one.questions:
            outcomes.append(_settled(state, replace(one, questions=tuple(questions)), events))
    return Outcome(
        tuple(put for outcome in outcomes for put in outcome.puts),
        events=tuple(event for outcome in outcomes for event in outcome.events),
        state=outcomes[-1].state if outcomes else "LATE",
    )


def _waits(state: State, question: PartyQuestion, sender: FspId, party_id: PartyId, *, failed: bool) -> bool:
    if question.finding is not None or question.party.id != party_id:
        return False
    from_hub = sender == state.profile.hub
    if question.fsp is None:
        return from_hub
    return not verifies(state, question.fsp) and (sender == question.fsp or (from_hub and failed))


def _answered(
    state: State, asker: FspId, question: PartyQuestion, command: AnswerParty
) -> tuple[PartyQuestion, tuple[Event, ...]]:
    if command.fault is not None or command.party is None:
        reason = command.fault or fault("PARTY_NOT_FOUND")
        return replace(question, finding=PartyFinding(False, fault=reason)), ()
    if question.fsp is not None:
        return replace(question, finding=judged(question.party, command.party)), ()
    # An oracle says who holds the party: now that one is asked.
    knowing = replace(question, fsp=command.party.fsp)
    asked = _ask(state, asker, knowing)
    return (replace(knowing, finding=asked), ()) if isinstance(asked, PartyFinding) else (knowing, (asked,))


def judged(asked: Party, known: Party) -> PartyFinding:
    """What the holder's words say of the asker's; a name that does not fit is not told."""
    told = replace(known, id=asked.id, account=known.account or asked.account)
    if not asked.display_name:
        return PartyFinding(True, party=told)
    if not known.display_name:
        return PartyFinding(False, word("unsaid"), replace(told, name=None))
    match compare(asked.display_name, known.display_name):
        case Match.FITS:
            return PartyFinding(True, party=told)
        case Match.CLOSE:
            return PartyFinding(False, word("close"), told)
        case Match.DIFFERS:
            return PartyFinding(False, word("none"))


def _bank_answered(state: State, command: AnswerVerification) -> Outcome:
    return _found_by_number(state, command.envelope.sender, dict(command.findings))


def _found_by_number(state: State, bank: FspId, findings: dict[str, PartyFinding]) -> Outcome:
    """What a bank says of questions it was asked; to any other it says nothing."""
    for one in state.all(Verification):
        if not one.open or not any(_of(question, bank, findings) for question in one.questions):
            continue
        questions = tuple(
            replace(question, finding=findings[question.number]) if _of(question, bank, findings) else question
            for question in one.questions
        )
        return _settled(state, replace(one, questions=questions), [])
    return Outcome(state="LATE")


def _of(question: PartyQuestion, bank: FspId, findings: dict[str, PartyFinding]) -> bool:
    return question.finding is None and question.fsp == bank and question.number in findings


def _expire(state: State, key: str) -> Outcome:
    one = state.get(Verification, key)
    if one is None or not one.open or state.now < one.deadline:
        return Outcome(state="NOT_DUE")
    silent = PartyFinding(False, word("silent"), fault=fault("NO_ANSWER", _SILENT))
    questions = tuple(replace(each, finding=each.finding or silent) for each in one.questions)
    return _settled(state, replace(one, questions=questions), [])


def _settled(state: State, one: Verification, events: list[Event]) -> Outcome:
    """The verification as it stands; with its last finding it ends, and its asker is told."""
    if all(question.finding is not None for question in one.questions):
        one = replace(one, ended=state.now)
        events = [*events, *_told(state, one)]
    return Outcome((one,), events=tuple(events), state=_word(one))


def _word(one: Verification) -> str:
    return "ASKED" if one.open else "ANSWERED"


def _told(state: State, one: Verification) -> Iterator[Event]:
    if one.message_id:
        yield Event(one.asker, VerificationReported(one), Delivery.RESULT, one.id, related=one.header)
        return
    (question,) = one.questions
    found, party_id, bank = question.finding, question.party.id, question.fsp
    if found is None or party_id is None or bank is None:
        raise ValueError(f"{one.id} is told before it ended")
    key = party_key(party_id)
    if found.verified:
        party = replace(found.party or Party(), id=party_id, fsp=bank)
        event = dialogue(state, one.asker, PartyFound(bank, party_id, party), key)
    else:
        event = refusal(state, one.asker, "parties", key, found.fault or _as_error(found))
    yield replace(event, dialect=one.dialect)


def _as_error(found: PartyFinding) -> Fault:
    given = found.reason or ""
    return participant_fault(error_code(given), given, f"Party not verified {given}".strip())
