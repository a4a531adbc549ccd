"""Who pays and who is paid: the union of what ISO parties and FSPIOP parties can say."""

from collections.abc import Iterable

import msgspec

from schemas.canonical.identity import FspId


def joined(ids: Iterable[str]) -> str:
    """The ids of a path as one key (`MSISDN/123`); what would part them inside of one is escaped."""
    return "/".join([one.replace("%", "%25").replace("/", "%2F") for one in ids])


def parted(key: str) -> tuple[str, ...]:
    """The ids a key of `joined` was made from."""
    return tuple([one.replace("%2F", "/").replace("%25", "%") for one in key.split("/")])


class PartyId(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a party is addressed: FSPIOP PartyIdType, identifier, and sub id or type."""

    type: str
    identifier: str
    sub_id: str | None = None


class Account(msgspec.Struct, frozen=True, omit_defaults=True):
    """A customer account (ISO CashAccount): IBAN or another number, never both."""

    iban: str | None = None
    other: str | None = None
    scheme: str | None = None
    type: str | None = None
    currency: str | None = None
    name: str | None = None


class Party(msgspec.Struct, frozen=True, omit_defaults=True):
    """A payer or payee with the identifiers and names either side gave; empty fields were not given."""

    id: PartyId | None = None
    fsp: FspId | None = None
    name: str | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    birth_date: str | None = None
    merchant_code: str | None = None
    organisation: bool = False
    account: Account | None = None
    currencies: tuple[str, ...] = ()
    country: str | None = None
    address_lines: tuple[str, ...] = ()
    extensions: tuple[tuple[str, str], ...] = ()

    @property
    def display_name(self) -> str | None:
        """The name a person would read: the display name, else first, middle and last joined by blanks."""
        parts = [part for part in (self.first_name, self.middle_name, self.last_name) if part]
        return self.name or " ".join(parts) or None
