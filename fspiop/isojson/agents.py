"""Addresses, ways to contact somebody, and agents (financial institutions) of the ISO 20022 variant."""

from typing import ClassVar, Literal

from fspiop.isojson.fields import (
    Bic,
    Code4,
    Code5,
    Country,
    Element,
    Exact4,
    Lei,
    Phone,
    Text4,
    Text16,
    Text35,
    Text70,
    Text128,
    Text140,
    Text256,
    Text2048,
)


class AddressKind(Element, frozen=True):
    """GenericIdentification30."""

    id: Exact4
    issr: Text35
    schme_nm: Text35 | None = None


class AddressType(Element, frozen=True):
    """AddressType3Choice."""

    one_of: ClassVar = ("Cd", "Prtry")

    cd: Literal["ADDR", "PBOX", "HOME", "BIZZ", "MLTO", "DLVY"] | None = None
    prtry: AddressKind | None = None


class ShortAddress(Element, frozen=True):
    """PostalAddress24."""

    adr_tp: AddressType | None = None
    dept: Text70 | None = None
    sub_dept: Text70 | None = None
    strt_nm: Text70 | None = None
    bldg_nb: Text16 | None = None
    bldg_nm: Text35 | None = None
    flr: Text70 | None = None
    pst_bx: Text16 | None = None
    room: Text70 | None = None
    pst_cd: Text16 | None = None
    twn_nm: Text35 | None = None
    twn_lctn_nm: Text35 | None = None
    dstrct_nm: Text35 | None = None
    ctry_sub_dvsn: Text35 | None = None
    ctry: Country | None = None
    adr_line: Text70 | None = None


class Address(Element, frozen=True):
    """PostalAddress27."""

    adr_tp: AddressType | None = None
    care_of: Text140 | None = None
    dept: Text70 | None = None
    sub_dept: Text70 | None = None
    strt_nm: Text140 | None = None
    bldg_nb: Text16 | None = None
    bldg_nm: Text140 | None = None
    flr: Text70 | None = None
    unit_nb: Text16 | None = None
    pst_bx: Text16 | None = None
    room: Text70 | None = None
    pst_cd: Text16 | None = None
    twn_nm: Text140 | None = None
    twn_lctn_nm: Text140 | None = None
    dstrct_nm: Text140 | None = None
    ctry_sub_dvsn: Text35 | None = None
    ctry: Country | None = None
    adr_line: Text70 | None = None


class OtherContact(Element, frozen=True):
    """OtherContact1."""

    chanl_tp: Text4
    id: Text128 | None = None


class ShortContact(Element, frozen=True):
    """Contact4."""

    nm_prfx: Literal["DOCT", "MADM", "MISS", "MIST", "MIKS"] | None = None
    nm: Text140 | None = None
    phne_nb: Phone | None = None
    mob_nb: Phone | None = None
    fax_nb: Phone | None = None
    email_adr: Text2048 | None = None
    email_purp: Text35 | None = None
    job_titl: Text35 | None = None
    rspnsblty: Text35 | None = None
    dept: Text70 | None = None
    othr: OtherContact | None = None
    prefrd_mtd: Literal["LETT", "MAIL", "PHON", "FAXX", "CELL"] | None = None


class Contact(Element, frozen=True):
    """Contact13."""

    nm_prfx: Literal["DOCT", "MADM", "MISS", "MIST", "MIKS"] | None = None
    nm: Text140 | None = None
    phne_nb: Phone | None = None
    mob_nb: Phone | None = None
    fax_nb: Phone | None = None
    url_adr: Text2048 | None = None
    email_adr: Text256 | None = None
    email_purp: Text35 | None = None
    job_titl: Text35 | None = None
    rspnsblty: Text35 | None = None
    dept: Text70 | None = None
    othr: OtherContact | None = None
    prefrd_mtd: Literal["LETT", "MAIL", "PHON", "FAXX", "CELL"] | None = None


class ClearingMember(Element, frozen=True):
    """ClearingSystemMemberIdentification2; MmbId also carries a party's sub-id."""

    mmb_id: Text35
    clr_sys_id: Code5 | None = None


class AgentId(Element, frozen=True):
    """GenericFinancialIdentification1; Id is the name of the FSP."""

    id: Text35
    schme_nm: Code4 | None = None
    issr: Text35 | None = None


class Institution(Element, frozen=True):
    """FinancialInstitutionIdentification18 and 23, which have the same elements."""

    bicfi: Bic | None = None
    clr_sys_mmb_id: ClearingMember | None = None
    lei: Lei | None = None
    nm: Text140 | None = None
    pstl_adr: ShortAddress | None = None
    othr: AgentId | None = None


class ShortBranch(Element, frozen=True):
    """BranchData3."""

    id: Text35 | None = None
    lei: Lei | None = None
    nm: Text140 | None = None
    pstl_adr: ShortAddress | None = None


class Branch(Element, frozen=True):
    """BranchData5."""

    id: Text35 | None = None
    lei: Lei | None = None
    nm: Text140 | None = None
    pstl_adr: Address | None = None


class ShortAgent(Element, frozen=True):
    """BranchAndFinancialInstitutionIdentification6."""

    fin_instn_id: Institution
    brnch_id: ShortBranch | None = None


class Agent(Element, frozen=True):
    """BranchAndFinancialInstitutionIdentification8."""

    fin_instn_id: Institution
    brnch_id: Branch | None = None
