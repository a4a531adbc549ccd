"""Asking oracles which FSP holds a party: the built-in registry at once, an HTTP oracle by question and answer."""

from typing import NamedTuple

from schemas.canonical.commands import LookUpParticipant, LookUpParty, RegisterParties, RegisterParty
from schemas.canonical.dialogue import OracleQuestion
from schemas.canonical.events import Event, OracleAsked
from schemas.canonical.faults import Fault, fault
from schemas.canonical.identity import FspId, derived_uuid
from schemas.canonical.outcome import Outcome
from schemas.canonical.participants import Oracle
from schemas.canonical.party import PartyId
from switch.dialogue_events import ORACLE, party_key
from switch.state import State


class Entry(NamedTuple):
    """One line of an oracle: the FSP, the currency and the sub id it is for."""

    fsp: FspId
    currency: str | None
    sub_id: str | None


def oracle_for(state: State, party_id: PartyId, currency: str | None, *, looks_up: bool = False) -> Oracle | Fault:
    """The oracle in force for a party's type and currency.

    Who looks a party up in a currency asks no oracle of another one; who registers a party may.
    """
    what = f"{party_id.type} and currency: {currency}" if looks_up and currency else party_id.type
    found = state.oracle(party_id.type, currency, only=looks_up)
    return found or fault("ADD_PARTY_FAILED", f"Oracle type: {what} not found")


def registered(state: State, party_id: PartyId, currency: str | None) -> list[Entry]:
    """What the built-in registry knows of a party; an entry without currency is good for each."""
    return [
        Entry(entry.fsp, entry.currency, entry.sub_id)
        for entry in state.registry(party_id.type, party_id.identifier)
        if currency is None or entry.currency in {None, currency}
    ]


def matching(entries: list[Entry], party_id: PartyId) -> list[FspId] | Fault:
    """The FSPs to ask: entries of exactly this sub id (none given: only entries without one), each FSP once."""
    if not entries:
        return fault("PARTY_NOT_FOUND")
    found = list(dict.fromkeys(entry.fsp for entry in entries if (entry.sub_id or None) == party_id.sub_id))
    return found or fault("ID_NOT_FOUND", f"no entry of {party_key(party_id)} fits")


def ask(
    state: State,
    oracle: Oracle,
    method: str,
    command: LookUpParty | LookUpParticipant | RegisterParty | RegisterParties,
    party_id: PartyId,
    *,
    fsp: FspId | None = None,
    results: tuple[Fault | None, ...] = (),
    batch: tuple[PartyId, ...] = (),
) -> Outcome:
    """Put a question to an HTTP oracle; its reply comes back as OracleAnswered, or the deadline passes.

    `batch` are all parties of a POST of several, `results` those of the entries before them.
    """
    source = command.envelope.sender
    parts = (source, method, party_key(party_id), state.now.isoformat(), str(len(results)))
    attempt = 0
    # The same question asked twice within one moment is two dialogues.
    while state.get(OracleQuestion, dialogue := derived_uuid("oracle", *parts, str(attempt))) is not None:
        attempt += 1
    deadline = state.now + state.profile.oracle_timeout
    asked = max(len(batch), 1)
    question = OracleQuestion(dialogue, command, deadline, results=results, asked=asked, method=method)
    request = command.request_id if isinstance(command, RegisterParties) else None
    body = OracleAsked(oracle.id, dialogue, method, party_id, source, command.currency, fsp, request, batch)
    return Outcome((question,), events=(Event(ORACLE, body, order=dialogue, until=deadline),), state="ASKED")


def failure(status: int) -> Fault | None:
    """Why an oracle's answer to a GET is none (reference 14.1), or None if it is one; 0 means not reached."""
    if status == 200:
        return None
    if status == 400:
        return fault("PARTY_NOT_FOUND")
    name = "DESTINATION_FSP" if status == 404 else "DESTINATION_UNREACHABLE"
    return fault(name, "oracle not reached" if status == 0 else f"oracle answered {status}")
