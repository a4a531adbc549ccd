"""/participants (API definition section 6.2, behaviour reference 14.2): who holds a party, both ways."""

from typing import Final

import msgspec

from fspiop.messages.participants import (
    ParticipantIdInfo,
    ParticipantPost,
    ParticipantPut,
    ParticipantRegistered,
    ParticipantsPost,
    ParticipantsPut,
    PartyResult,
)
from schemas.canonical.commands import LookUpParticipant, RegisterParties, RegisterParty
from schemas.canonical.events import PartiesRegistered, PartyRegistered
from schemas.canonical.forwarding import Act, Forward
from schemas.canonical.identity import FspId
from schemas.canonical.party import PartyId, joined
from schemas.canonical.wire import Envelope
from translator.fspiop.errors import error_information

_ENCODE: Final = msgspec.json.Encoder().encode


def look_up(party_id: PartyId, currency: str | None, envelope: Envelope) -> LookUpParticipant:
    """GET /participants/{Type}/{ID}[/{SubId}][?currency=]."""
    return LookUpParticipant(envelope, party_id, currency)


def register(party_id: PartyId, body: ParticipantPost, envelope: Envelope) -> RegisterParty:
    """POST or PUT /participants/{Type}/{ID}[/{SubId}]."""
    return RegisterParty(envelope, party_id, FspId(body.fsp_id), body.currency)


def remove(party_id: PartyId, currency: str | None, envelope: Envelope) -> RegisterParty:
    """DELETE /participants/{Type}/{ID}[/{SubId}]: only the sender's own entry goes."""
    return RegisterParty(envelope, party_id, envelope.sender, currency, remove=True)


def register_many(body: ParticipantsPost, envelope: Envelope) -> RegisterParties:
    """POST /participants; an entry that names no FSP is the sender's."""
    entries = tuple(
        (
            party_of(info),
            FspId(info.fsp_id) if info.fsp_id else envelope.sender,
        )
        for info in body.party_list
    )
    return RegisterParties(envelope, body.request_id, entries, body.currency)


def tell(ids: tuple[str, ...], envelope: Envelope, *, failed: bool) -> Forward:
    """PUT /participants/{requestId}, and every PUT error: a result for another participant."""
    return Forward(envelope, "participants", joined(ids), Act.REFUSE if failed else Act.ANSWER)


def found(fsp: FspId) -> bytes:
    """PUT /participants/{Type}/{ID}: the FSP that holds the party."""
    return _ENCODE(ParticipantPut(fsp))


def registered(event: PartyRegistered) -> bytes:
    """PUT /participants/{Type}/{ID} after a registration; after a removal the FSP alone."""
    if event.removed:
        return found(event.fsp)
    return _ENCODE(ParticipantRegistered((entry(event.party_id, event.fsp),), event.currency))


def registered_many(event: PartiesRegistered) -> bytes:
    """PUT /participants/{requestId}: what became of each entry."""
    results = tuple(
        PartyResult(entry(party, fsp), error_information(fault) if fault else None)
        for party, fsp, fault in event.entries
    )
    return _ENCODE(ParticipantsPut(results, event.currency))


def entry(party: PartyId, fsp: FspId) -> ParticipantIdInfo:
    """A party with the FSP that holds it."""
    return ParticipantIdInfo(party.type, party.identifier, party.sub_id, fsp)  # type: ignore[arg-type]


def party_of(info: ParticipantIdInfo) -> PartyId:
    """The party that an entry is about."""
    return PartyId(info.party_id_type, info.party_identifier, info.party_sub_id_or_type)
