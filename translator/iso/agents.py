"""Agents: which participant an ISO 20022 message means, and how a participant is named in one (mapping 2.4, 2.8)."""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from iso.messages.fields import FinancialInstitution
from schemas.canonical.identity import FspId
from schemas.canonical.participants import IsoProfile, Participant
from translator.outgoing import HubIdentity

_NOT_PROVIDED: Final = "NOTPROVIDED"
_HEAD_OFFICE: Final = "XXX"
_KEPT: Final = 10_000


class AgentIds(msgspec.Struct, frozen=True):
    """The identifiers one message gives for one agent; none at all if it only names it."""

    member_id: str | None = None
    bicfi: str | None = None
    lei: str | None = None
    other_id: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is anything to find a participant by."""
        return bool(self.member_id or self.bicfi or self.lei or self.other_id)

    @property
    def text(self) -> str:
        """The identifiers as people read them."""
        return ", ".join(found for found in (self.member_id, self.bicfi, self.lei, self.other_id) if found)


class Unclear(StrEnum):
    """Why an agent cannot be used although something was found."""

    CONTRADICTION = "its identifiers do not name one participant"


class Directory(Protocol):
    """Knows the participants; an in-memory copy, so nothing on the way asks back."""

    def resolve(self, ids: AgentIds) -> FspId | Unclear | None:
        """The one participant (or the hub) that all these ids name; None if nobody is known by them."""

    def participant(self, name: FspId) -> Participant | None:
        """The participant of that name."""


class AgentIndex:
    """Participants by every identifier they may be called by; made anew when one of them changes."""

    def __init__(self, participants: Iterable[Participant], hub: HubIdentity | None = None) -> None:
        """The hub is found like a participant."""
        named = hub or HubIdentity()
        self._profiles: dict[FspId, IsoProfile] = {}
        self._members: dict[str, FspId] = {}
        self._bics: dict[str, FspId] = {}
        self._leis: dict[str, FspId] = {}
        self._others: dict[str, FspId] = {}
        self._resolved: dict[AgentIds, FspId | Unclear | None] = {}
        for participant in participants:
            self._add(participant.name, participant.iso or IsoProfile())
        self._add(named.name, IsoProfile(bic=named.bic, lei=named.lei, clearing_member_id=named.member_id))

    def _add(self, name: FspId, profile: IsoProfile) -> None:
        self._profiles[name] = profile
        if profile.clearing_member_id:
            self._members[profile.clearing_member_id] = name
        if profile.bic:
            self._bics[full_bic(profile.bic)] = name
        if profile.lei:
            self._leis[profile.lei] = name
        for other in (name, *profile.other_ids):
            self._others[other] = name

    def resolve(self, ids: AgentIds) -> FspId | Unclear | None:
        """Every id given must lead to the same participant, or be one the hub has none of for it."""
        try:
            return self._resolved[ids]
        except KeyError:
            resolved = self._search(ids)
            # Only what names somebody is kept, and only so much: strangers may write anything they like.
            if resolved is not None and len(self._resolved) < _KEPT:
                self._resolved[ids] = resolved
            return resolved

    def _search(self, ids: AgentIds) -> FspId | Unclear | None:
        found = {name for name in self._each(ids) if name is not None}
        if not found:
            return None
        if len(found) > 1:
            return Unclear.CONTRADICTION
        (name,) = found
        profile = self._profiles[name]
        known = (
            (ids.member_id, profile.clearing_member_id),
            (ids.bicfi and full_bic(ids.bicfi), profile.bic and full_bic(profile.bic)),
            (ids.lei, profile.lei),
        )
        if any(given and registered and given != registered for given, registered in known):
            return Unclear.CONTRADICTION
        return name

    def _each(self, ids: AgentIds) -> Iterator[FspId | None]:
        if ids.member_id:
            yield self._members.get(ids.member_id)
        if ids.bicfi:
            yield self._bics.get(full_bic(ids.bicfi))
        if ids.lei:
            yield self._leis.get(ids.lei)
        if ids.other_id:
            yield self._others.get(ids.other_id)


def full_bic(bic: str) -> str:
    """A BIC in 11 characters: 8 of them name the head office, as XXX does."""
    upper = bic.strip().upper()
    return upper + _HEAD_OFFICE if len(upper) == 8 else upper


def ids_of(agent: FinancialInstitution | None) -> AgentIds:
    """The identifiers of an agent; `NOTPROVIDED` is none."""
    if agent is None:
        return AgentIds()
    other = agent.other_id
    return AgentIds(agent.member_id, agent.bicfi, agent.lei, None if other == _NOT_PROVIDED else other)


def institution_of(participant: Participant | None, name: FspId) -> FinancialInstitution:
    """All the hub knows a participant by; Othr/Id is always its name in the scheme."""
    profile = participant.iso if participant else None
    if profile is None:
        return FinancialInstitution(other_id=name)
    return FinancialInstitution(profile.bic, profile.lei, None, profile.clearing_member_id, name)


def hub_institution(hub: HubIdentity) -> FinancialInstitution:
    """The hub as an agent."""
    return FinancialInstitution(hub.bic, hub.lei, None, hub.member_id, hub.name)
