"""Agents: which participant an ISO 20022 message means, and how a participant is named in one (mapping 2.4, 2.8)."""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

import msgspec

from iso.messages.fields import Code, FinancialInstitution
from schemas.canonical.addressing import SchemedId, bank_code
from schemas.canonical.identity import FspId
from schemas.canonical.participants import IsoProfile, Participant
from translator.outgoing import HubIdentity

_NOT_PROVIDED: Final = "NOTPROVIDED"
_HEAD_OFFICE: Final = "XXX"
_KEPT: Final = 10_000
_SYSTEM_CODE_MAX: Final = 5
_BIC: Final = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", re.ASCII)


class AgentIds(msgspec.Struct, frozen=True):
    """The identifiers one message gives for one agent; none at all if it only names it.

    `system` is the clearing system of `member_id`, `scheme` and `issuer` are those of `other_id`.
    """

    member_id: str | None = None
    bicfi: str | None = None
    lei: str | None = None
    other_id: str | None = None
    system: str | None = None
    scheme: str | None = None
    issuer: str | None = None
    branch: str | None = None

    @property
    def given(self) -> bool:
        """Whether there is anything to find a participant by."""
        return bool(self.member_id or self.bicfi or self.lei or self.other_id)

    @property
    def text(self) -> str:
        """The identifiers as people read them."""
        return ", ".join(found for found in (self.member_id, self.bicfi, self.lei, self.other_id) if found)


_NOBODY: Final = AgentIds()


class Unclear(StrEnum):
    """Why an agent cannot be used although something was found."""

    CONTRADICTION = "its identifiers do not name one participant"
    AMBIGUOUS = "its number is that of several participants; name the clearing system"
    BRANCH = "the participant has no such branch"


class Directory(Protocol):
    """Knows the participants; an in-memory copy, so nothing on the way asks back."""

    def resolve(self, ids: AgentIds) -> FspId | Unclear | None:
        """The one participant (or the hub) that all these ids name; None if nobody is known by them."""

    def participant(self, name: FspId) -> Participant | None:
        """The participant of that name."""

    def holder(self, iban: str) -> FspId | None:
        """The participant whose accounts have IBANs like this one, as far as bank codes tell."""


class AgentIndex:
    """Participants by every identifier they may be called by; made anew when one of them changes."""

    def __init__(self, participants: Iterable[Participant], hub: HubIdentity | None = None) -> None:
        """The hub is found like a participant."""
        named = hub or HubIdentity()
        self._profiles: dict[FspId, IsoProfile] = {}
        self._members: dict[str, FspId] = {}
        self._numbers: dict[tuple[str, str], FspId] = {}
        self._bics: dict[str, FspId] = {}
        self._leis: dict[str, FspId] = {}
        self._others: dict[str, FspId] = {}
        self._schemed: dict[SchemedId, FspId] = {}
        self._codes: dict[str, FspId] = {}
        self._resolved: dict[AgentIds, FspId | Unclear | None] = {}
        for participant in participants:
            self._add(participant.name, participant.iso or IsoProfile())
        own = IsoProfile(
            bic=named.bic, lei=named.lei, clearing_member_id=named.member_id, other_ids=named.aliases,
            further_bics=tuple(alias for alias in named.aliases if is_bic(alias)),
        )  # fmt: skip
        self._add(named.name, own)

    def _add(self, name: FspId, profile: IsoProfile) -> None:
        self._profiles[name] = profile
        if profile.clearing_member_id:
            self._members[profile.clearing_member_id] = name
        for number in profile.clearing_members:
            self._numbers[number.system, number.id] = name
        for bic in (profile.bic, *profile.further_bics):
            if bic:
                self._bics[full_bic(bic)] = name
        if profile.lei:
            self._leis[profile.lei] = name
        for other in (name, *profile.other_ids):
            self._others[other] = name
        for one in profile.schemed_ids:
            self._schemed[one] = name
        for code in profile.iban_bank_codes:
            self._codes[code] = name

    def holder(self, iban: str) -> FspId | None:
        """The longest bank code that the IBAN begins with decides."""
        code = bank_code(iban)
        for length in range(len(code), 2, -1):
            found = self._codes.get(code[:length])
            if found is not None:
                return found
        return None

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
        each = list(self._each(ids))
        unclear = next((one for one in each if isinstance(one, Unclear)), None)
        found = {FspId(name) for name in each if name is not None and not isinstance(name, Unclear)}
        if not found:
            return unclear
        if len(found) > 1:
            return Unclear.CONTRADICTION
        (name,) = found
        profile = self._profiles[name]
        known = (
            (ids.bicfi and full_bic(ids.bicfi), [full_bic(bic) for bic in (profile.bic, *profile.further_bics) if bic]),
            (ids.lei, [profile.lei] if profile.lei else []),
            (ids.member_id, _numbers(profile, ids.system)),
        )
        if any(given and registered and given not in registered for given, registered in known):
            return Unclear.CONTRADICTION
        strange = ids.branch and profile.branches and ids.branch not in profile.branches
        return Unclear.BRANCH if strange else name

    def _each(self, ids: AgentIds) -> Iterator[FspId | Unclear | None]:
        if ids.member_id:
            yield self._member(ids.member_id, ids.system)
        if ids.bicfi:
            yield self._bics.get(full_bic(ids.bicfi))
        if ids.lei:
            yield self._leis.get(ids.lei)
        if ids.other_id:
            yield self._other(ids.other_id, ids)

    def _member(self, number: str, system: str | None) -> FspId | Unclear | None:
        """A number in its system; without one the number that a participant has whatever the system, or alone."""
        if system is not None:
            return self._numbers.get((system, number)) or self._members.get(number)
        if number in self._members:
            return self._members[number]
        named = {name for (_, known), name in self._numbers.items() if known == number}
        return Unclear.AMBIGUOUS if len(named) > 1 else next(iter(named), None)

    def _other(self, identifier: str, ids: AgentIds) -> FspId | None:
        """An identifier of its scheme and issuer, or of its scheme; else one that is good in any scheme."""
        if ids.scheme is not None:
            for issuer in (ids.issuer, None):
                found = self._schemed.get(SchemedId(identifier, ids.scheme, issuer))
                if found is not None:
                    return found
        return self._others.get(identifier)


def _numbers(profile: IsoProfile, system: str | None) -> list[str]:
    """The numbers a participant may be called by in that clearing system (None: in any)."""
    own = [one.id for one in profile.clearing_members if system in (None, one.system)]
    return [*own, *([profile.clearing_member_id] if profile.clearing_member_id else [])]


def is_bic(text: str) -> bool:
    """Whether the text has the form of a BIC."""
    return _BIC.fullmatch(text) is not None


def full_bic(bic: str) -> str:
    """A BIC in 11 characters: 8 of them name the head office, as XXX does."""
    upper = bic.strip().upper()
    return upper + _HEAD_OFFICE if len(upper) == 8 else upper


def ids_of(agent: FinancialInstitution | None) -> AgentIds:
    """The identifiers of an agent; `NOTPROVIDED` is none."""
    if agent is None:
        return _NOBODY
    other = agent.other_id
    if not other and not agent.member_id and agent.branch is None:
        return AgentIds(agent.member_id, agent.bicfi, agent.lei, other)  # as most are named
    system, scheme = (code.value or None if code else None for code in (agent.clearing_system, agent.other_scheme))
    return AgentIds(
        agent.member_id, agent.bicfi, agent.lei, None if other == _NOT_PROVIDED else other,
        system if agent.member_id else None, scheme if other else None, agent.other_issuer if other else None,
        agent.branch.id if agent.branch else None,
    )  # fmt: skip


def institution_of(participant: Participant | None, name: FspId) -> FinancialInstitution:
    """All the hub knows a participant by; Othr/Id is always its name in the scheme."""
    profile = participant.iso if participant else None
    if profile is None:
        return FinancialInstitution(other_id=name)
    number = profile.clearing_member_id
    if number is None and profile.clearing_members:
        first = profile.clearing_members[0]
        return FinancialInstitution(profile.bic, profile.lei, _system(first.system), first.id, name)
    return FinancialInstitution(profile.bic, profile.lei, None, number, name)


def _system(name: str) -> Code:
    """A clearing system: a code of the external list has at most five characters."""
    return Code(code=name) if len(name) <= _SYSTEM_CODE_MAX else Code(proprietary=name)


@lru_cache(maxsize=64)
def hub_institution(hub: HubIdentity) -> FinancialInstitution:
    """The hub as an agent."""
    return FinancialInstitution(hub.bic, hub.lei, None, hub.member_id, hub.name)
