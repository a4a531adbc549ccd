"""Events of dialogues: lookups, registrations and quotes, which are tried briefly and told about when they fail."""

from typing import Final

from schemas.canonical.commands import AnswerParty, Command
from schemas.canonical.events import Delivery, Event, EventBody, Handed, Refused
from schemas.canonical.faults import Fault
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Participant
from schemas.canonical.party import Party, PartyId, joined, parted
from schemas.canonical.wire import Dialect, Envelope, Original
from switch.state import State

LEDGER_LANE: Final = FspId("@ledger")
LOOKUP_LANE: Final = FspId("@lookup")
JOURNEY_LANE: Final = FspId("@journey.0")
ORACLE: Final = FspId("@oracle")


def active(state: State, name: FspId | None) -> Participant | None:
    """The participant of that name, if it may take part now."""
    found = state.get(Participant, name) if name else None
    return found if found is not None and found.active else None


def party_key(party: PartyId) -> str:
    """Type, identifier and sub id as one key."""
    return joined(part for part in (party.type, party.identifier, party.sub_id) if part)


def party_of_key(key: str) -> PartyId:
    """The party a key of `party_key` was made from."""
    return PartyId(*parted(key))


def dialogue(
    state: State,
    receiver: FspId,
    body: EventBody,
    order: str,
    *,
    requester: FspId | None = None,
    original: Original | None = None,
) -> Event:
    """A dialogue message to one receiver; `requester` is told if it cannot be delivered in time."""
    until = state.now + state.profile.dialogue_timeout
    return Event(receiver, body, Delivery.DIALOGUE, order, until, original, requester)


def refusal(state: State, receiver: FspId, resource: str, key: str, reason: Fault) -> Event:
    """Tell a requester that its dialogue message came to nothing."""
    return dialogue(state, receiver, Refused(resource, key, reason), key)


def handed(lane: FspId, command: Command, order: str) -> Event:
    """Give a command to another lane, which takes it once."""
    return Event(lane, Handed(command), order=order)


def party_answer(state: State, bank: FspId, source: FspId, party_id: PartyId, answer: Party | Fault) -> Event:
    """Answer a lookup that the hub does for a bank's payment: its journey goes on in another lane."""
    envelope = Envelope(source, Dialect.INTERNAL, bank, received_at=state.now)
    party, reason = (None, answer) if isinstance(answer, Fault) else (answer, None)
    return handed(JOURNEY_LANE, AnswerParty(envelope, party_id, party, reason), party_key(party_id))
