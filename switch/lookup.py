"""Lookup: who holds a party and who that is (GET, PUT /parties and GET /participants; reference 14.1 and 14.2)."""

import msgspec

from schemas.canonical.addressing import bank_code
from schemas.canonical.commands import (
    AnswerParty,
    Command,
    Expire,
    LookUpParticipant,
    LookUpParty,
    OracleAnswered,
    RegisterParties,
    RegisterParty,
    Undeliverable,
)
from schemas.canonical.dialogue import OracleQuestion
from schemas.canonical.events import Event, Forwarded, ParticipantFound, PartyAsked, PartyFound
from schemas.canonical.faults import Fault, fault
from schemas.canonical.forwarding import Forward
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party
from schemas.canonical.verification import VerifyForDfsp
from switch import registration
from switch.dialogue_events import (
    JOURNEY_LANE,
    active,
    dialogue,
    handed,
    party_answer,
    party_key,
    party_of_key,
    refusal,
)
from switch.oracles import Entry, ask, failure, matching, oracle_for, registered
from switch.state import State
from switch.transfer_checks import is_bank
from switch.verification import verifies

_ASKED = "ASKED"
_REFUSED = "REFUSED"
_NOT_REACHED = 0
_IBAN = "IBAN"


def step(state: State, command: Command) -> Outcome:
    """Decide a command of the lookup lane."""
    match command:
        case LookUpParty():
            return _look_up(state, command)
        case AnswerParty():
            return _answer(state, command)
        case LookUpParticipant():
            return _look_up_participant(state, command)
        case RegisterParty() | RegisterParties() | Forward():
            return registration.step(state, command)
        case OracleAnswered():
            return _answered(state, command)
        case Expire(key=key):
            return _answered(state, OracleAnswered(key, _NOT_REACHED))
        case Undeliverable(resource=resource, requester=requester, key=key):
            return _refused(state, requester, resource, key, command.fault, source=command.receiver)
        case _:
            raise ValueError(f"{type(command).__name__} is not about parties")


def _refused(
    state: State, asker: FspId, resource: str, key: str, reason: Fault, *, source: FspId | None = None
) -> Outcome:
    """Tell the asker; a bank's payment waits in its journey for `source`, the FSP it asked, or for the hub."""
    if resource == "parties" and is_bank(state, asker):
        event = party_answer(state, asker, source or state.profile.hub, party_of_key(key), reason)
    else:
        event = refusal(state, asker, resource, key, reason)
    return Outcome(events=(event,), state=_REFUSED)


def _look_up(state: State, command: LookUpParty) -> Outcome:
    sender, receiver, key = command.envelope.sender, command.envelope.receiver, party_key(command.party_id)
    if active(state, sender) is None:
        reason = fault("ID_NOT_FOUND", "Requester FSP not found")
        return _refused(state, sender, "parties", key, reason, source=receiver)
    destination = active(state, receiver)
    if destination is not None:
        return _ask_fsps(state, command, [destination.name])
    if receiver is not None and is_bank(state, sender):
        # A bank named its payee's FSP: money must not go to another one that happens to hold the party too.
        reason = fault("DESTINATION_FSP", "Destination FSP not found")
        return _refused(state, sender, "parties", key, reason, source=receiver)
    return _discover(state, command)


def _discover(state: State, command: LookUpParty) -> Outcome:
    oracle = oracle_for(state, command.party_id, command.currency, looks_up=True)
    if isinstance(oracle, Fault):
        if _by_bank_code(state, command) is not None:
            return _choose(state, command, [])
        return _refused(state, command.envelope.sender, "parties", party_key(command.party_id), oracle)
    if oracle.url is not None:
        return ask(state, oracle, "GET", command, command.party_id)
    return _choose(state, command, registered(state, command.party_id, command.currency))


def _choose(state: State, command: LookUpParty, entries: list[Entry]) -> Outcome:
    sender, key = command.envelope.sender, party_key(command.party_id)
    fsps, holder = matching(entries, command.party_id), _by_bank_code(state, command)
    if isinstance(fsps, Fault) and holder is not None:
        fsps = [holder]
    if isinstance(fsps, Fault):
        return _refused(state, sender, "parties", key, fsps)
    if not state.profile.on_us_lookups:
        fsps = [fsp for fsp in fsps if fsp != sender]
        if not fsps:
            return _refused(state, sender, "parties", key, fault("PARTY_NOT_FOUND"))
    known = [fsp for fsp in fsps if active(state, fsp) is not None]
    if not known:
        return _refused(state, sender, "parties", key, fault("DESTINATION_FSP", "Destination FSP not found"))
    if is_bank(state, sender):
        # A bank's payment has one payee: its journey learns from the oracle whom to ask, and takes no other's answer.
        found = Party(id=command.party_id, fsp=known[0])
        event = party_answer(state, sender, state.profile.hub, command.party_id, found)
        return Outcome(events=(event,), state="FOUND")
    return _ask_fsps(state, command, known)


def _by_bank_code(state: State, command: LookUpParty) -> FspId | None:
    """The bank that an IBAN names by itself, for one that is in no register."""
    if command.party_id.type != _IBAN:
        return None
    code = bank_code(command.party_id.identifier)
    known = ((own, bank.name) for bank in state.all(Participant) if bank.iso for own in bank.iso.iban_bank_codes)
    fitting = [(len(own), name) for own, name in known if code.startswith(own)]
    return max(fitting)[1] if fitting else None


def _ask_fsps(state: State, command: LookUpParty, fsps: list[FspId]) -> Outcome:
    return Outcome(events=tuple(_question(state, command, fsp) for fsp in fsps), state=_ASKED)


def _question(state: State, command: LookUpParty, fsp: FspId) -> Event:
    """To a DFSP the question itself; for a bank the hub answers, unless the bank verifies its customers itself."""
    sender, party_id, key = command.envelope.sender, command.party_id, party_key(command.party_id)
    if is_bank(state, fsp):
        party = Party(id=party_id, fsp=fsp)
        if is_bank(state, sender):
            return party_answer(state, sender, fsp, party_id, party)
        if verifies(state, fsp):
            envelope = msgspec.structs.replace(command.envelope, original=None)
            return handed(JOURNEY_LANE, VerifyForDfsp(envelope, party_id, fsp), key)
        return dialogue(state, sender, PartyFound(fsp, party_id, party), key)
    original = command.envelope.original
    if original is not None and not is_bank(state, sender):
        return dialogue(state, fsp, Forwarded("parties", key), key, requester=sender, original=original)
    return dialogue(state, fsp, PartyAsked(sender, party_id, command.currency), key, requester=sender)


def _answer(state: State, command: AnswerParty) -> Outcome:
    sender, receiver = command.envelope.sender, command.envelope.receiver
    key = party_key(command.party_id)
    if active(state, sender) is None:
        return _refused(state, sender, "parties", key, fault("ID_NOT_FOUND", "Requester FSP not found"))
    if receiver is None or active(state, receiver) is None:
        reason = fault("DESTINATION_FSP", "Destination FSP not found")
        return Outcome(events=(refusal(state, sender, "parties", key, reason),), state=_REFUSED)
    if is_bank(state, receiver):
        return Outcome(events=(handed(JOURNEY_LANE, command, key),), state="HANDED")
    original = command.envelope.original
    event = dialogue(state, receiver, Forwarded("parties", key), key, requester=sender, original=original)
    return Outcome(events=(event,), state="FORWARDED")


def _look_up_participant(state: State, command: LookUpParticipant) -> Outcome:
    sender, key = command.envelope.sender, party_key(command.party_id)
    if active(state, sender) is None:
        reason = fault("ID_NOT_FOUND", "Requester FSP not found")
        return _refused(state, sender, "participants", key, reason)
    oracle = oracle_for(state, command.party_id, command.currency, looks_up=True)
    if isinstance(oracle, Fault):
        return _refused(state, sender, "participants", key, oracle)
    if oracle.url is not None:
        return ask(state, oracle, "GET", command, command.party_id)
    return _found(state, command, registered(state, command.party_id, command.currency))


def _found(state: State, command: LookUpParticipant, entries: list[Entry]) -> Outcome:
    sender, key = command.envelope.sender, party_key(command.party_id)
    fsps = matching(entries, command.party_id)
    if isinstance(fsps, Fault):
        return _refused(state, sender, "participants", key, fault("PARTY_NOT_FOUND"))
    event = dialogue(state, sender, ParticipantFound(command.party_id, fsps[0]), key)
    return Outcome(events=(event,), state="FOUND")


def _answered(state: State, answer: OracleAnswered) -> Outcome:
    """An HTTP oracle's reply, or its deadline: the first of the two counts."""
    question = state.get(OracleQuestion, answer.dialogue)
    if question is None or question.done:
        return Outcome(state="LATE")
    outcome = _go_on(state, question, answer)
    closed = msgspec.structs.replace(question, done=True)
    return msgspec.structs.replace(outcome, puts=(closed, *outcome.puts))


def _go_on(state: State, question: OracleQuestion, answer: OracleAnswered) -> Outcome:
    command = question.command
    if isinstance(command, RegisterParty | RegisterParties):
        return registration.answered(state, question, answer)
    entries, reason = [Entry(*entry) for entry in answer.entries], failure(answer.status)
    if isinstance(command, LookUpParty):
        if reason is not None and _by_bank_code(state, command) is None:
            return _refused(state, command.envelope.sender, "parties", party_key(command.party_id), reason)
        return _choose(state, command, entries)
    if reason is not None:
        return _refused(state, command.envelope.sender, "participants", party_key(command.party_id), reason)
    return _found(state, command, entries)
