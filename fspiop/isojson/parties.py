"""Persons, organisations and their accounts in the ISO 20022 variant.

The Short types are those of acmt.024, whose texts are shorter than those of the pacs messages.
"""

from typing import ClassVar

from fspiop.isojson.agents import Address, Contact, ShortAddress, ShortContact
from fspiop.isojson.fields import (
    Bic,
    Code4,
    Country,
    Currency,
    Date,
    Element,
    Iban,
    Lei,
    LooseCode,
    Text34,
    Text35,
    Text70,
    Text140,
    Text256,
    Text2048,
)


class Birth(Element, frozen=True):
    """DateAndPlaceOfBirth1."""

    birth_dt: Date
    city_of_birth: Text35
    ctry_of_birth: Country
    prvc_of_birth: Text35 | None = None


class ShortOrganisationOther(Element, frozen=True):
    """GenericOrganisationIdentification1."""

    id: Text35
    schme_nm: LooseCode | None = None
    issr: Text35 | None = None


class OrganisationOther(Element, frozen=True):
    """GenericOrganisationIdentification3."""

    id: Text256
    schme_nm: LooseCode | None = None
    issr: Text35 | None = None


class ShortPersonOther(Element, frozen=True):
    """GenericPersonIdentification1."""

    id: Text35
    schme_nm: Code4 | None = None
    issr: Text35 | None = None


class PersonOther(Element, frozen=True):
    """GenericPersonIdentification2."""

    id: Text256
    schme_nm: Code4 | None = None
    issr: Text35 | None = None


class ShortOrganisation(Element, frozen=True):
    """OrganisationIdentification29."""

    any_bic: Bic | None = None
    lei: Lei | None = None
    othr: ShortOrganisationOther | None = None


class Organisation(Element, frozen=True):
    """OrganisationIdentification39."""

    any_bic: Bic | None = None
    lei: Lei | None = None
    othr: OrganisationOther | None = None


class ShortPerson(Element, frozen=True):
    """PersonIdentification13."""

    dt_and_plc_of_birth: Birth | None = None
    othr: ShortPersonOther | None = None


class Person(Element, frozen=True):
    """PersonIdentification18."""

    dt_and_plc_of_birth: Birth | None = None
    othr: PersonOther | None = None


class ShortPartyId(Element, frozen=True):
    """Party38Choice."""

    one_of: ClassVar = ("OrgId", "PrvtId")

    org_id: ShortOrganisation | None = None
    prvt_id: ShortPerson | None = None


class PartyId(Element, frozen=True):
    """Party52Choice."""

    one_of: ClassVar = ("OrgId", "PrvtId")

    org_id: Organisation | None = None
    prvt_id: Person | None = None


class ShortParty(Element, frozen=True):
    """PartyIdentification135."""

    id: ShortPartyId
    nm: Text140 | None = None
    pstl_adr: ShortAddress | None = None
    ctry_of_res: Country | None = None
    ctct_dtls: ShortContact | None = None


class Party(Element, frozen=True):
    """PartyIdentification272."""

    id: PartyId
    nm: Text140 | None = None
    pstl_adr: Address | None = None
    ctry_of_res: Country | None = None
    ctct_dtls: Contact | None = None


class AccountOther(Element, frozen=True):
    """GenericAccountIdentification1."""

    id: Text34
    schme_nm: Code4 | None = None
    issr: Text35 | None = None


class AccountId(Element, frozen=True):
    """AccountIdentification4Choice."""

    one_of: ClassVar = ("IBAN", "Othr")

    iban: Iban | None = None
    othr: AccountOther | None = None


class Proxy(Element, frozen=True):
    """ProxyAccountIdentification1."""

    id: Text2048
    tp: Code4 | None = None


class Account(Element, frozen=True):
    """CashAccount40; Ccy carries a party's currency."""

    id: AccountId | None = None
    tp: Code4 | None = None
    ccy: Currency | None = None
    nm: Text70 | None = None
    prxy: Proxy | None = None
