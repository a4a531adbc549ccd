"""Registration: participants enter and take out the parties they hold (POST, PUT, DELETE /participants; 14.2)."""

import msgspec

from schemas.canonical.commands import Command, OracleAnswered, RegisterParties, RegisterParty
from schemas.canonical.dialogue import OracleQuestion
from schemas.canonical.events import Forwarded, PartiesRegistered, PartyRegistered
from schemas.canonical.faults import Fault, fault
from schemas.canonical.forwarding import Forward
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Oracle, Participant, RegistryEntry
from schemas.canonical.party import PartyId
from switch.dialogue_events import active, dialogue, party_key, refusal
from switch.oracles import ask, oracle_for
from switch.state import State
from switch.transfer_checks import is_bank


def step(state: State, command: Command) -> Outcome:
    """Decide a registration."""
    match command:
        case RegisterParty():
            return _register(state, command)
        case RegisterParties():
            return _register_all(state, command)
        case Forward():
            return _forward(state, command)
        case _:
            raise ValueError(f"{type(command).__name__} registers nothing")


def answered(state: State, question: OracleQuestion, answer: OracleAnswered) -> Outcome:
    """Go on after an HTTP oracle replied to a registration (status 0: not reached)."""
    command, taken = question.command, 200 <= answer.status < 300
    detail = "oracle not reached" if answer.status == 0 else f"oracle answered {answer.status}"
    if isinstance(command, RegisterParty):
        if question.method == "GET":
            return _held(state, command, answer)
        if taken:
            return _registered(state, command)
        return _failed(state, command, fault("DELETE_PARTY_FAILED" if command.remove else "ADD_PARTY_FAILED", detail))
    if isinstance(command, RegisterParties):
        first = len(question.results)
        parties = [party for party, _ in command.entries[first : first + question.asked]]
        told, failed = dict(answer.refused), None if taken else fault("ADD_PARTY_FAILED", detail)
        return _next_entries(state, command, (*question.results, *(failed or told.get(party) for party in parties)))
    raise TypeError(f"{type(command).__name__} registers nothing")


def _forward(state: State, command: Forward) -> Outcome:
    """A callback that a participant sends goes to whom it is for."""
    sender, receiver = command.envelope.sender, command.envelope.receiver
    reason = None
    if active(state, sender) is None:
        reason = fault("ID_NOT_FOUND", "Requester FSP not found")
    elif receiver is None or active(state, receiver) is None or is_bank(state, receiver):
        reason = fault("DESTINATION_FSP", "Destination FSP not found")
    if reason is not None or receiver is None:
        told = reason or fault("DESTINATION_FSP")
        return Outcome(events=(refusal(state, sender, "participants", command.key, told),), state="REFUSED")
    body, original = Forwarded("participants", command.key), command.envelope.original
    event = dialogue(state, receiver, body, command.key, requester=sender, original=original)
    return Outcome(events=(event,), state="FORWARDED")


def _register(state: State, command: RegisterParty) -> Outcome:
    sender, party_id = command.envelope.sender, command.party_id
    if active(state, sender) is None:
        return _failed(state, command, fault("ID_NOT_FOUND", "Requester FSP not found"))
    oracle = oracle_for(state, party_id, command.currency)
    if isinstance(oracle, Fault):
        return _failed(state, command, oracle)
    if oracle.url is not None:
        return ask(state, oracle, _method(state, command), command, party_id, fsp=command.fsp)
    if command.remove:
        return _remove(state, command)
    entry = _entry(state, sender, party_id, command.fsp, command.currency)
    if isinstance(entry, Fault):
        return _failed(state, command, entry)
    return msgspec.structs.replace(_registered(state, command), puts=(entry,))


def _method(state: State, command: RegisterParty) -> str:
    if command.remove:
        # Only its holder may take a party out, so a removal first asks who that is.
        return "GET" if state.profile.check_holder else "DELETE"
    original = command.envelope.original
    return "PUT" if original is not None and original.method == "PUT" else "POST"


def _held(state: State, command: RegisterParty, answer: OracleAnswered) -> Outcome:
    """Who holds a party is known: take it out of its oracle if that is who asked."""
    party_id = command.party_id
    missing = {400, 404}
    if answer.status != 200 and answer.status not in missing:
        detail = f"oracle answered {answer.status}" if answer.status else "oracle not reached"
        return _failed(state, command, fault("DELETE_PARTY_FAILED", detail))
    holders = {fsp for fsp, _, sub_id in answer.entries if (sub_id or None) == party_id.sub_id}
    if not holders:
        return _failed(state, command, fault("PARTY_NOT_FOUND"))
    if holders != {command.envelope.sender}:
        return _failed(state, command, fault("DELETE_PARTY_FAILED", f"{party_key(party_id)} is held by another FSP"))
    oracle = oracle_for(state, party_id, command.currency)
    if isinstance(oracle, Fault) or oracle.url is None:
        return _failed(state, command, fault("DELETE_PARTY_FAILED", "the oracle is gone"))
    return ask(state, oracle, "DELETE", command, party_id, fsp=command.fsp)


def _entry(state: State, sender: FspId, party_id: PartyId, fsp: FspId, currency: str | None) -> RegistryEntry | Fault:
    """The line to write; who holds a party already must let it go himself."""
    if state.get(Participant, fsp) is None:
        return fault("ADD_PARTY_FAILED", f"{fsp} is not a participant")
    for entry in state.registry(party_id.type, party_id.identifier):
        same = (entry.sub_id, entry.currency) == (party_id.sub_id, currency)
        if same and entry.fsp not in {fsp, sender}:
            return fault("ADD_PARTY_FAILED", f"{party_key(party_id)} is held by another FSP")
    return RegistryEntry(party_id.type, party_id.identifier, fsp, party_id.sub_id, currency)


def _remove(state: State, command: RegisterParty) -> Outcome:
    party_id = command.party_id
    entries = [
        entry
        for entry in state.registry(party_id.type, party_id.identifier)
        if entry.sub_id == party_id.sub_id and command.currency in {None, entry.currency}
    ]
    if not entries:
        return _failed(state, command, fault("PARTY_NOT_FOUND", party_key(party_id)))
    if any(entry.fsp != command.envelope.sender for entry in entries):
        return _failed(state, command, fault("DELETE_PARTY_FAILED", f"{party_key(party_id)} is held by another FSP"))
    removed = tuple(msgspec.structs.replace(entry, removed=True) for entry in entries)
    return msgspec.structs.replace(_registered(state, command), puts=removed)


def _registered(state: State, command: RegisterParty) -> Outcome:
    """Tell the Destination, if it takes part, else the FSP that now holds the party (a removal: who asked)."""
    destination = active(state, command.envelope.receiver)
    other = destination is not None and destination.name != state.profile.hub
    receiver = destination.name if destination is not None and other else command.fsp
    if command.remove and not other:
        receiver = command.envelope.sender
    body = PartyRegistered(command.party_id, command.fsp, command.currency, removed=command.remove)
    found = state.get(Participant, receiver)
    # A bank's accounts are entered for it by the operator, and no message tells a bank of that.
    told = found is None or found.iso is None
    events = (dialogue(state, receiver, body, party_key(command.party_id)),) if told else ()
    return Outcome(events=events, state="REMOVED" if command.remove else "REGISTERED")


def _failed(state: State, command: RegisterParty, reason: Fault) -> Outcome:
    event = refusal(state, command.envelope.sender, "participants", party_key(command.party_id), reason)
    return Outcome(events=(event,), state="REFUSED")


def _register_all(state: State, command: RegisterParties) -> Outcome:
    sender = command.envelope.sender
    if active(state, sender) is None:
        reason = fault("ID_NOT_FOUND", "Requester FSP not found")
        return Outcome(events=(refusal(state, sender, "participants", command.request_id, reason),), state="REFUSED")
    # What can be decided now comes first, then oracle by oracle: each is asked once.
    ordered = sorted(command.entries, key=lambda entry: _oracle_number(state, command, *entry))
    return _next_entries(state, msgspec.structs.replace(command, entries=tuple(ordered)), ())


def _oracle_number(state: State, command: RegisterParties, party_id: PartyId, fsp: FspId) -> int:
    """The HTTP oracle that must be asked for an entry; 0 for none."""
    oracle = oracle_for(state, party_id, command.currency)
    asked = fsp == command.envelope.sender and isinstance(oracle, Oracle) and oracle.url is not None
    return oracle.id if asked and isinstance(oracle, Oracle) else 0


def _next_entries(state: State, command: RegisterParties, results: tuple[Fault | None, ...]) -> Outcome:
    """Go through the entries whose result is not known yet, up to the next question to an HTTP oracle.

    That question is one POST of all entries for the same oracle.
    """
    sender, known = command.envelope.sender, list(results)
    puts: list[RegistryEntry] = []
    for party_id, fsp in command.entries[len(results) :]:
        oracle = oracle_for(state, party_id, command.currency)
        entry: RegistryEntry | Fault | None = None
        if fsp != sender:
            entry = fault("PARTY_NOT_FOUND", f"{party_key(party_id)} is of another FSP")
        elif isinstance(oracle, Fault):
            entry = oracle
        elif oracle.url is None:
            entry = _entry(state, sender, party_id, fsp, command.currency)
        else:
            rest = command.entries[len(known) :]
            batch = tuple(party for party, holder in rest if _oracle_number(state, command, party, holder) == oracle.id)
            asked = ask(state, oracle, "POST", command, party_id, fsp=fsp, results=tuple(known), batch=batch)
            return msgspec.structs.replace(asked, puts=(*asked.puts, *puts))
        known.append(entry if isinstance(entry, Fault) else None)
        if isinstance(entry, RegistryEntry):
            puts.append(entry)
    listed = tuple((*entry, result) for entry, result in zip(command.entries, known, strict=True))
    body = PartiesRegistered(command.request_id, listed, command.currency)
    event = dialogue(state, sender, body, command.request_id)
    return Outcome(tuple(puts), events=(event,), state="REGISTERED")
