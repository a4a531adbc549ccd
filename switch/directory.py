"""Participants in memory, as edges, intake and delivery see them; kept up to date by what the ledger lane commits."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import msgspec

from iso.incoming import ParticipantView
from iso.keys import PinnedKey, pinned_key
from iso.messages.fields import FinancialInstitution
from iso.shapes import Shape
from schemas.canonical.identity import FspId
from schemas.canonical.participants import Certificate, IsoProfile, JwsKey, Oracle, Participant
from schemas.canonical.system import Presence
from switch.identity import held
from switch.store.port import Store
from translator.iso.agents import AgentIds, AgentIndex, Unclear, ids_of
from translator.outgoing import HubIdentity

KINDS: Final = (Participant, Oracle, Presence)
"""The kinds of records it knows."""


class Directory:
    """A copy of what the store holds; nothing on the way of a message asks the database who somebody is."""

    def __init__(self, hub: HubIdentity) -> None:
        """Know the hub only. `returned` may be set to who wants to know that a participant has signed on."""
        self._hub = hub
        self._participants: dict[FspId, Participant] = {}
        self._oracles: dict[int, Oracle] = {}
        self._index = AgentIndex((), hub)
        self._views: dict[FspId, ParticipantView] = {}
        self._presences: dict[FspId, Presence] = {}
        self.returned: Callable[[FspId], None] = lambda _name: None
        self.holders: dict[str, FspId] = {}
        self.held: dict[str, Participant] = {}

    async def reload(self, store: Store) -> None:
        """Read everything anew."""
        self.learn([record for kind in KINDS for record in await store.records(kind)])

    def unknown(self, records: Iterable[Any]) -> list[Any]:
        """Those of the records that are not known as they are."""
        return [record for record in records if not self._knows(record)]

    def _knows(self, record: Any) -> bool:
        match record:
            case Participant(name=name):
                return self._participants.get(name) == record
            case Oracle(id=number):
                return self._oracles.get(number) == record
            case Presence(participant=name):
                return self._presences.get(name) == record
            case _:
                return False

    def learn(self, records: Iterable[Any]) -> None:
        """Take over new values of participants and oracles; a change is seen by the next message."""
        changed = False
        for record in records:
            if isinstance(record, Participant):
                self._participants[record.name] = record
                self._views.pop(record.name, None)
                changed = True
            elif isinstance(record, Oracle):
                self._oracles[record.id] = record
            elif isinstance(record, Presence):
                self._presences[record.participant] = record
                if not record.signed_off:
                    self.returned(record.participant)
        if changed:
            self._index = AgentIndex(self._participants.values(), self._hub)
            self.holders, self.held = held(self._participants.values())

    def participant(self, name: FspId) -> Participant | None:
        """The participant of that name."""
        return self._participants.get(name)

    def signed_off(self, name: FspId) -> bool:
        """Whether that participant has said that it is not there."""
        presence = self._presences.get(name)
        return presence is not None and presence.signed_off

    def everybody(self) -> list[Participant]:
        """All participants."""
        return list(self._participants.values())

    def banks(self) -> list[FspId]:
        """Everybody who speaks ISO 20022 XML."""
        return [name for name, participant in self._participants.items() if participant.iso is not None]

    def resolve(self, ids: AgentIds) -> FspId | Unclear | None:
        """The one participant (or the hub) that all these identifiers name."""
        return self._index.resolve(ids)

    def holder(self, iban: str) -> FspId | None:
        """The participant whose accounts have IBANs like this one."""
        return self._index.holder(iban)

    def by_iso(self, institution: FinancialInstitution) -> ParticipantView | None:
        """The bank that sends; None if nobody, more than one, or one that is not spoken to in XML is meant."""
        found = self.resolve(ids_of(institution))
        return None if found is None or isinstance(found, Unclear) else self.view(found)

    def view(self, name: FspId) -> ParticipantView | None:
        """What the edge must know of a bank; None if that is none."""
        if name not in self._views:
            participant = self._participants.get(name)
            if participant is None or participant.iso is None:
                return None
            self._views[name] = _view(name, participant.iso)
        return self._views[name]

    def addressable(self, institution: FinancialInstitution) -> bool:
        """Whether the identifiers name the hub or one participant; a receiver without any is left to the document."""
        ids = ids_of(institution)
        found = self.resolve(ids) if ids.given else self._hub.name
        return found is not None and not isinstance(found, Unclear)

    def jws_keys(self, source: str) -> Sequence[JwsKey]:
        """The FSPIOP verification keys on file."""
        found = self._participants.get(FspId(source))
        return found.keys if found is not None else ()

    def oracle_url(self, number: int) -> str:
        """The base URL of an HTTP oracle; empty if it is gone."""
        oracle = self._oracles.get(number)
        return oracle.url or "" if oracle is not None and oracle.active else ""


def _view(name: FspId, profile: IsoProfile) -> ParticipantView:
    keys = tuple(_pinned(certificate) for certificate in profile.certificates if certificate.revoked is None)
    return ParticipantView(
        name,
        keys,
        require_signature=profile.require_signature,
        bare_documents=profile.bare_documents,
        shape=Shape(profile.signature),
        pss=profile.rsa_pss,
        rules=profile.rules,
    )


def _pinned(certificate: Certificate) -> PinnedKey:
    """The key with the time it may be used in: that of the certificate, or a shorter one that an operator chose."""
    key = pinned_key(certificate.pem)
    starts = [each for each in (key.not_before, certificate.valid_from) if each is not None]
    ends = [each for each in (key.not_after, certificate.valid_to) if each is not None]
    return msgspec.structs.replace(
        key, not_before=max(starts, default=None), not_after=min(ends, default=None), id=certificate.id
    )
