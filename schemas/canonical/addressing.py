"""Identifiers that name a participant only together with where they come from."""

import msgspec


class ClearingMember(msgspec.Struct, frozen=True):
    """A number in a clearing system: the same number in another system is somebody else's."""

    system: str
    id: str


class SchemedId(msgspec.Struct, frozen=True, omit_defaults=True):
    """An identifier of a scheme (SchmeNm), and of its issuer (Issr) where two give out the same ones."""

    id: str
    scheme: str
    issuer: str | None = None


def bank_code(iban: str) -> str:
    """What an IBAN says of its bank: the country and what follows the check digits, which are each account's own."""
    plain = iban.replace(" ", "").upper()
    return plain[:2] + plain[4:]
