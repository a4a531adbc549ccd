"""Pieces that several messages share: agents, accounts, parties, reasons, remittance, payment types, charges.

Texts stand as on the wire; how they are laid out in each edition of the messages is in `pieces.py`.
"""

from msgspec import Struct

from iso.messages.shape import Amount


class Code(Struct, frozen=True):
    """A choice between a listed code (Cd) and a proprietary one (Prtry)."""

    code: str | None = None
    proprietary: str | None = None

    @property
    def value(self) -> str:
        """Whichever of the two is there, or an empty text."""
        return self.code or self.proprietary or ""


class Address(Struct, frozen=True):
    """PstlAdr, field by field."""

    kind: str | None = None
    care_of: str | None = None
    department: str | None = None
    sub_department: str | None = None
    street: str | None = None
    building_number: str | None = None
    building_name: str | None = None
    floor: str | None = None
    unit: str | None = None
    post_box: str | None = None
    room: str | None = None
    post_code: str | None = None
    town: str | None = None
    town_location: str | None = None
    district: str | None = None
    subdivision: str | None = None
    country: str | None = None
    lines: tuple[str, ...] = ()


class Branch(Struct, frozen=True):
    """BrnchId of an agent."""

    id: str | None = None
    lei: str | None = None
    name: str | None = None
    address: Address | None = None


class FinancialInstitution(Struct, frozen=True):
    """An agent: FinInstnId and BrnchId. `clearing_system` tells in whose numbering `member_id` (MmbId) stands."""

    bicfi: str | None = None
    lei: str | None = None
    clearing_system: Code | None = None
    member_id: str | None = None
    other_id: str | None = None
    other_scheme: Code | None = None
    other_issuer: str | None = None
    name: str | None = None
    address: Address | None = None
    branch: Branch | None = None


class Account(Struct, frozen=True):
    """A cash account: IBAN or another number, and the proxy (alias) it may be reached by."""

    iban: str | None = None
    other_id: str | None = None
    scheme: Code | None = None
    issuer: str | None = None
    type: Code | None = None
    currency: str | None = None
    name: str | None = None
    proxy_type: Code | None = None
    proxy_id: str | None = None


class OtherId(Struct, frozen=True):
    """A further identification of a party (Othr under OrgId or PrvtId)."""

    id: str
    scheme: Code | None = None
    issuer: str | None = None


ORGANISATION, PRIVATE = "org", "private"


class Party(Struct, frozen=True):
    """A customer. `kind` is ORGANISATION or PRIVATE and decides under which of the two the ids are written."""

    name: str | None = None
    address: Address | None = None
    kind: str = PRIVATE
    any_bic: str | None = None
    lei: str | None = None
    ids: tuple[OtherId, ...] = ()
    birth_date: str | None = None
    birth_province: str | None = None
    birth_city: str | None = None
    birth_country: str | None = None
    residence: str | None = None
    contact_name: str | None = None
    phone: str | None = None
    mobile: str | None = None
    email: str | None = None


class Reason(Struct, frozen=True):
    """StsRsnInf: why, as a listed or proprietary code, with lines of text (AddtlInf, 105 each) and who says so."""

    code: str | None = None
    proprietary: str | None = None
    info: tuple[str, ...] = ()
    originator: Party | None = None


class ReferredDocument(Struct, frozen=True):
    """RfrdDocInf: an invoice or another document the payment is for."""

    type_code: str | None = None
    type_proprietary: str | None = None
    type_issuer: str | None = None
    number: str | None = None
    date: str | None = None
    date_type: Code | None = None


class StructuredRemittance(Struct, frozen=True):
    """One RmtInf/Strd."""

    documents: tuple[ReferredDocument, ...] = ()
    reference_type: str | None = None
    reference_type_proprietary: str | None = None
    reference_issuer: str | None = None
    reference: str | None = None
    additional: tuple[str, ...] = ()


class RemittanceInfo(Struct, frozen=True):
    """RmtInf."""

    unstructured: tuple[str, ...] = ()
    structured: tuple[StructuredRemittance, ...] = ()

    @property
    def reference(self) -> str | None:
        """The first creditor reference (CdtrRefInf/Ref)."""
        return next((entry.reference for entry in self.structured if entry.reference), None)

    @property
    def document(self) -> str | None:
        """The number of the first referred document (RfrdDocInf/Nb)."""
        return next((found.number for entry in self.structured for found in entry.documents if found.number), None)


class PaymentType(Struct, frozen=True):
    """PmtTpInf."""

    priority: str | None = None
    clearing_channel: str | None = None
    service_levels: tuple[Code, ...] = ()
    local_instrument: Code | None = None
    category_purpose: Code | None = None


class Charge(Struct, frozen=True):
    """ChrgsInf: an amount some agent takes or has taken."""

    amount: Amount
    agent: FinancialInstitution
    type_code: str | None = None
    type_proprietary: str | None = None
    type_issuer: str | None = None
