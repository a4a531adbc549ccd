"""Customers and their accounts in ISO 20022 messages and as canonical parties, both directions (mapping 2.4)."""

import re
from typing import Final

from iso.messages import fields
from iso.messages.fields import ORGANISATION, PRIVATE, Code, OtherId
from schemas.canonical.identity import FspId
from schemas.canonical.party import Account, Party, PartyId
from schemas.codes.proxies import party_type_of_proxy, party_type_of_scheme, proxy_scheme
from translator.losses import Loss
from translator.text import iso_text

NAME_MAX: Final = 140
_OTHER_MAX: Final = 34
_PROXY_MAX: Final = 2048
_SCHEME_MAX: Final = 35
_LINE_MAX: Final = 70
_LINES_MAX: Final = 7
_BBAN: Final = "BBAN"
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{1,30}", re.ASCII)
_MOBILE: Final = re.compile(r"\+[0-9]{1,3}-([0-9()+\-]{1,30})", re.ASCII)
_PHONE: Final = re.compile(r"[+0-9() \-]*[0-9][+0-9() \-]*", re.ASCII)
_NOT_DIGIT: Final = re.compile(r"[^0-9]", re.ASCII)


def party_in(
    party: fields.Party, account: fields.Account | None, fsp: FspId | None, *, agent_given: bool = True
) -> Party:
    """A debtor or creditor with its account. Without a known agent the proxy decides how it is looked up."""
    address = party.address or fields.Address()
    held = account_in(account)
    return Party(
        id=_party_id(party, account, agent_given=agent_given),
        fsp=fsp,
        name=party.name,
        birth_date=party.birth_date,
        organisation=party.kind == ORGANISATION,
        account=held,
        currencies=(held.currency,) if held and held.currency else (),
        country=party.residence or address.country,
        address_lines=address.lines,
    )


def account_in(account: fields.Account | None) -> Account | None:
    """The number, type, currency and name of an account; the proxy becomes the party's identifier."""
    if account is None:
        return None
    iban = plain_iban(account.iban) if account.iban else None
    other = None if iban else account.other_id
    if other and account.proxy_id and _same(other, account.proxy_id):
        other = None
    held = Account(
        iban, other, account.scheme.value if account.scheme and other else None,
        account.type.value if account.type else None, account.currency, account.name,
    )  # fmt: skip
    return None if held == Account() else held


def party_out(party: Party, path: str, losses: list[Loss], charset: str = "pass") -> fields.Party:
    """The party element. A name that nobody gave is the identifier the payment was made to: banks must show one."""
    name = iso_text(party.display_name, NAME_MAX, f"{path}.name", losses, charset)
    if name is None and party.id is not None:
        name = iso_text(party.id.identifier, NAME_MAX, f"{path}.partyIdInfo.partyIdentifier", losses)
    for field in ("first_name", "middle_name", "last_name"):
        part = getattr(party, field)
        if part and party.name:
            losses.append(Loss(f"{path}.{field}", part))
    if party.birth_date:
        losses.append(Loss(f"{path}.birth_date", party.birth_date, "ISO 20022 wants city and country of birth with it"))
    if party.merchant_code:
        losses.append(Loss(f"{path}.merchant_code", party.merchant_code))
    losses.extend(Loss(f"{path}.extensionList.{key}", value) for key, value in party.extensions)
    losses.extend(Loss(f"{path}.supportedCurrencies", currency) for currency in party.currencies[1:])
    address = _address_out(party, path, losses, charset)
    ids = _document_ids(party)
    return fields.Party(name=name, address=address, kind=ORGANISATION if party.organisation else PRIVATE, ids=ids)


def account_out(party: Party, path: str, currency: str, losses: list[Loss]) -> fields.Account | None:
    """The account element: number and proxy from the account, else from the party's identifier."""
    held = party.account or Account()
    iban, other, scheme = held.iban, held.other, Code(code=held.scheme) if held.scheme else None
    proxy_type, proxy_id = None, None
    found = party.id
    if found is not None:
        proxy = proxy_scheme(found.type, found.sub_id)
        if proxy is not None:
            proxy_type = Code(proxy.code, proxy.proprietary)
            proxy_id = iso_text(_proxy_text(found), _PROXY_MAX, f"{path}.partyIdInfo.partyIdentifier", losses)
        elif iban is None and other is None:
            iban, other, scheme = _number(found, path, losses)
        if found.sub_id and found.type not in ("PERSONAL_ID", "ACCOUNT_ID"):
            losses.append(Loss(f"{path}.partyIdInfo.partySubIdOrType", found.sub_id))
    if not (iban or other or proxy_id):
        return None
    if scheme is not None and len(scheme.value) > 4:
        scheme = Code(proprietary=scheme.value[:_SCHEME_MAX])
    kind = Code(code=held.type) if held.type and len(held.type) <= 4 else Code(proprietary=held.type)
    return fields.Account(
        iban=iban, other_id=other, scheme=scheme if other else None, type=kind if held.type else None,
        currency=held.currency or (None if party.account else currency), name=held.name,
        proxy_type=proxy_type, proxy_id=proxy_id,
    )  # fmt: skip


def plain_iban(text: str) -> str:
    """An IBAN without blanks, in upper case."""
    return text.replace(" ", "").upper()


def valid_iban(text: str) -> bool:
    """Whether form and check digits are those of an IBAN (ISO 13616, remainder 1 modulo 97)."""
    if not _IBAN.fullmatch(text):
        return False
    digits = "".join(str(int(sign, 36)) for sign in text[4:] + text[:4])
    return int(digits) % 97 == 1


def _party_id(party: fields.Party, account: fields.Account | None, *, agent_given: bool) -> PartyId | None:
    """How the party is addressed: account, proxy, document, then contact; first that is there."""
    proxy = _proxy_id(account)
    number = _number_id(account)
    if proxy is not None and (number is None or not agent_given):
        return proxy
    return number or proxy or _document_id(party) or _contact_id(party)


def _proxy_id(account: fields.Account | None) -> PartyId | None:
    if account is None or not account.proxy_id:
        return None
    given = account.proxy_type or Code()
    known = party_type_of_proxy(given.code, given.proprietary)
    if known is None:
        return PartyId("ALIAS", account.proxy_id)
    identifier = _digits(account.proxy_id) if known.type == "MSISDN" else account.proxy_id
    return PartyId(known.type, identifier, known.sub_type)


def _number_id(account: fields.Account | None) -> PartyId | None:
    if account is None:
        return None
    if account.iban:
        return PartyId("IBAN", plain_iban(account.iban))
    if not account.other_id or (account.proxy_id and _same(account.other_id, account.proxy_id)):
        return None
    scheme = account.scheme.value if account.scheme else ""
    return PartyId("ACCOUNT_ID", account.other_id, scheme if scheme not in ("", _BBAN) else None)


def _document_id(party: fields.Party) -> PartyId | None:
    for other in party.ids:
        scheme = other.scheme or Code()
        known = party_type_of_scheme(scheme.code, scheme.proprietary, organisation=party.kind == ORGANISATION)
        if known is not None:
            return PartyId(known.type, other.id, known.sub_type)
    return None


def _contact_id(party: fields.Party) -> PartyId | None:
    if party.mobile and _MOBILE.fullmatch(party.mobile):
        return PartyId("MSISDN", _digits(party.mobile))
    return PartyId("EMAIL", party.email) if party.email else None


def _document_ids(party: Party) -> tuple[OtherId, ...]:
    """A business is also named under OrgId; everything else stands in the account alone."""
    if party.id is None or party.id.type != "BUSINESS" or not party.organisation:
        return ()
    return (OtherId(party.id.identifier, Code(proprietary="BUSINESS")),) if len(party.id.identifier) <= 35 else ()


def _address_out(party: Party, path: str, losses: list[Loss], charset: str) -> fields.Address | None:
    fit = [iso_text(line, _LINE_MAX, f"{path}.address", losses, charset) for line in party.address_lines[:_LINES_MAX]]
    kept = tuple(line for line in fit if line)
    return fields.Address(country=party.country, lines=kept) if kept or party.country else None


def _number(found: PartyId, path: str, losses: list[Loss]) -> tuple[str | None, str | None, Code | None]:
    """An IBAN if it is a valid one, else another number in its scheme."""
    identifier = plain_iban(found.identifier)
    if found.type == "IBAN" and valid_iban(identifier):
        return identifier, None, None
    other = iso_text(found.identifier, _OTHER_MAX, f"{path}.partyIdInfo.partyIdentifier", losses)
    return None, other, Code(code=found.sub_id or _BBAN)


def _proxy_text(found: PartyId) -> str:
    return f"+{_digits(found.identifier)}" if found.type == "MSISDN" else found.identifier


def _digits(text: str) -> str:
    return _NOT_DIGIT.sub("", text)


def _same(number: str, proxy: str) -> bool:
    """Whether an account number only repeats the proxy, as messages do whose schema demands a number."""
    if number == proxy[:_OTHER_MAX]:
        return True
    return bool(_PHONE.fullmatch(number) and _PHONE.fullmatch(proxy)) and _digits(number) == _digits(proxy)
