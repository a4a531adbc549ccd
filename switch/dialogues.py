"""What the hub only routes, and who offers a service: one step for every resource of the table. Pure.

Sources: reference sections 1, 2, 11 and 13. An id that was asked before with other content is refused; a repeat goes on
again, and the asked FSP answers again. An answer must come from who was asked; one to an id the hub does not know goes
on, as in the reference.
"""

from typing import Final

import msgspec

from fspiop.messages.dialogues import DIALOGUES, SERVICES
from fspiop.messages.services import PROVIDERS_MAX
from schemas.canonical.commands import Command, Undeliverable
from schemas.canonical.events import Forwarded
from schemas.canonical.faults import Fault, fault
from schemas.canonical.forwarding import Act, Asked, FindProviders, Forward, ProvidersFound
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.verification import RESOURCE as VERIFICATIONS
from schemas.canonical.wire import Original
from switch import quotes, verification
from switch.crossing import has_variant
from switch.dialogue_events import active, dialogue, refusal
from switch.journeys import conversion
from switch.quote_rules import Facts, judge, readdressed
from switch.state import State

_FORWARDED: Final = "FORWARDED"
_AUTHORIZATIONS: Final = "authorizations"


def step(state: State, command: Command) -> Outcome:
    """Decide a command about something routed."""
    match command:
        case Forward():
            return _forward(state, command)
        case FindProviders():
            return _providers(state, command)
        case Undeliverable(resource="quotes"):
            return quotes.step(state, command)
        case Undeliverable(resource=resource) if resource == VERIFICATIONS:
            return verification.step(state, command)
        case Undeliverable():
            known = state.get(Asked, f"{command.resource}/{command.key}")
            if known is not None and known.journey is not None:
                return conversion.rate_refused(state, known, command.fault)
            return _refused(state, command.requester, command.resource, command.key, command.fault)
        case _:
            raise ValueError(f"{type(command).__name__} is nothing that is routed")


def _refused(state: State, receiver: FspId, resource: str, key: str, reason: Fault) -> Outcome:
    return Outcome(events=(refusal(state, receiver, resource, key, reason),), state="REFUSED")


def _forward(state: State, command: Forward) -> Outcome:
    sender = command.envelope.sender
    source, receiver = active(state, sender), active(state, command.envelope.receiver)
    known = state.get(Asked, command.dialogue)
    reason = _reason(command, source, receiver, known) or _not_asked(state, command, known)
    if reason is not None or source is None or receiver is None:
        reason = reason or fault("DESTINATION_FSP")
        return _refused(state, sender, command.resource, command.key, reason)
    ruled = _ruled(state, command, source, receiver)
    if isinstance(ruled, Fault):
        return _refused(state, sender, command.resource, command.key, ruled)
    receiver, original = ruled
    if receiver.iso is not None:
        return _to_bank(state, command, receiver.name)
    event = dialogue(
        state, receiver.name, Forwarded(command.resource, command.key), command.key, requester=sender, original=original
    )
    if known is not None and receiver.name == known.asker:
        event = msgspec.structs.replace(event, dialect=known.dialect, earlier=known.request)
    return Outcome(_remembered(command, receiver.name, known), events=(event,), state=_FORWARDED)


def _reason(
    command: Forward, source: Participant | None, receiver: Participant | None, known: Asked | None
) -> Fault | None:
    """Why a message may not go on, in the reference's order: who sends it, to whom, in which currencies, which id."""
    envelope = command.envelope
    if source is None:
        return fault("ID_NOT_FOUND", f"Unsupported participant '{envelope.sender}'")
    missing = receiver is None or any(one not in receiver.currencies for one in command.receiver_needs)
    if missing and command.receiver_needs:
        return _unsupported("VALIDATION", envelope.receiver)
    if receiver is None:
        return _unsupported("DESTINATION_FSP", envelope.receiver)
    if known is None:
        return None
    if command.act is Act.ASK and (known.asker, known.request_hash) != (envelope.sender, envelope.content_hash):
        return fault("MODIFIED", f"{command.dialogue} exists with other content")
    if command.act in (Act.ANSWER, Act.REFUSE) and known.asker != receiver.name:
        return fault("WRONG_SENDER", f"{command.dialogue} was not asked by {receiver.name}")
    one_answer = command.act is Act.ANSWER and command.resource in DIALOGUES and DIALOGUES[command.resource].one_answer
    if one_answer and known.answer_hash not in (None, envelope.content_hash):
        return fault("MODIFIED", f"{command.dialogue} was answered with other content")
    return None


def _not_asked(state: State, command: Forward, known: Asked | None) -> Fault | None:
    """An answer from somebody else than who was asked; tools answer quotes for conversions under another name."""
    if known is None or command.act not in (Act.ANSWER, Act.REFUSE) or known.asked == command.envelope.sender:
        return None
    if state.profile.lenient and command.resource == "fxQuotes":
        return None
    return fault("WRONG_SENDER", f"{command.dialogue} was not asked of {command.envelope.sender}")


def _unsupported(name: str, fsp: FspId | None) -> Fault:
    return fault(name, f"Unsupported participant '{fsp or ''}'")


def _to_bank(state: State, command: Forward, bank: FspId) -> Outcome:
    """No ISO 20022 message in use here stands for a routed resource: a bank is asked nothing, and has asked nothing."""
    row = DIALOGUES.get(command.resource)
    if row is None:
        reason = _unsupported("DESTINATION_FSP", bank)
    elif command.resource == _AUTHORIZATIONS and command.act is Act.QUERY:
        reason = fault(row.not_for_banks, f"{bank} authenticates its customers itself: await its answer (pain.014)")
    elif command.act is Act.ASK:
        reason = fault(row.not_for_banks, f"{bank} cannot be asked by {command.resource}")
    else:
        reason = fault(row.unknown, f"{bank} knows no {command.key}")
    return _refused(state, command.envelope.sender, command.resource, command.key, reason)


def _ruled(
    state: State, command: Forward, source: Participant, receiver: Participant
) -> tuple[Participant, Original | None] | Fault:
    """Who gets the message and as what, after the scheme's rules on quotes."""
    original, row = command.envelope.original, DIALOGUES.get(command.resource)
    if command.act is not Act.ASK or row is None or not row.ruled:
        return receiver, original
    ruling = judge(state.profile.quote_rules, Facts(source, receiver, original, command.resource))
    if ruling is None:
        return receiver, original
    if isinstance(ruling, Fault):
        return ruling
    other = active(state, ruling.fsp)
    return _unsupported("DESTINATION_FSP", ruling.fsp) if other is None else (other, readdressed(original, ruling))


def _remembered(command: Forward, receiver: FspId, known: Asked | None) -> tuple[Asked, ...]:
    envelope = command.envelope
    if command.act is Act.ASK and known is None:
        original, spoken = envelope.original, envelope.spoken
        request = original.body if original is not None and has_variant(command.resource) else b""
        asked = Asked(command.dialogue, envelope.sender, receiver, envelope.content_hash)
        return (msgspec.structs.replace(asked, dialect=spoken, request=request),)
    if command.act is Act.ANSWER and known is not None and known.answer_hash is None:
        return (msgspec.structs.replace(known, answer_hash=envelope.content_hash),)
    return ()


def _providers(state: State, command: FindProviders) -> Outcome:
    asker = command.envelope.sender
    if active(state, asker) is None:
        reason = fault("ID_NOT_FOUND", f"Unsupported participant '{asker}'")
        return _refused(state, asker, SERVICES, command.key, reason)
    wanted = [one for one in (command.source, command.target) if one is not None]
    found = sorted(
        member.name
        for member in state.all(Participant)
        if member.active and command.service in member.services and all(one in member.currencies for one in wanted)
    )
    body = ProvidersFound(command.key, tuple(found[:PROVIDERS_MAX]))
    return Outcome(events=(dialogue(state, asker, body, command.key),), state="ANSWERED")
