"""/parties and the parties inside quotes (API definition sections 6.3 and 7.4.11)."""

import re
from typing import Final

import msgspec

from fspiop.messages.errors import ErrorBody
from fspiop.messages.fields import Party as PartyBody
from fspiop.messages.fields import PartyComplexName, PartyIdInfo, PartyPersonalInfo, is_name
from fspiop.messages.parties import PartiesPut
from schemas.canonical.commands import AnswerParty, LookUpParty
from schemas.canonical.identity import FspId
from schemas.canonical.party import Party, PartyId
from schemas.canonical.wire import Envelope
from translator.fspiop.errors import extension_list, extension_pairs, fault_of
from translator.losses import Loss
from translator.text import fspiop_text

TEXT_MAX: Final = 128
CURRENCIES_MAX: Final = 16
_MERCHANT_CODE: Final = re.compile(r"[0-9]{1,4}", re.ASCII)
_ENCODE: Final = msgspec.json.Encoder().encode


def look_up(party_id: PartyId, currency: str | None, envelope: Envelope) -> LookUpParty:
    """GET /parties/{Type}/{ID}[/{SubId}][?currency=]."""
    return LookUpParty(envelope, party_id, currency)


def answer(party_id: PartyId, body: PartiesPut, envelope: Envelope) -> AnswerParty:
    """PUT /parties/{Type}/{ID}[/{SubId}]."""
    return AnswerParty(envelope, party_id, party_in(body.party))


def refuse(party_id: PartyId, body: ErrorBody, envelope: Envelope) -> AnswerParty:
    """PUT /parties/.../error."""
    return AnswerParty(envelope, party_id, fault=fault_of(body))


def party_in(body: PartyBody) -> Party:
    """The canonical party; only kycInformation has no place in it."""
    info = body.party_id_info
    personal = body.personal_info or PartyPersonalInfo()
    name = personal.complex_name or PartyComplexName()
    return Party(
        id=PartyId(info.party_id_type, info.party_identifier, info.party_sub_id_or_type),
        fsp=FspId(info.fsp_id) if info.fsp_id else None,
        name=body.name,
        first_name=name.first_name,
        middle_name=name.middle_name,
        last_name=name.last_name,
        birth_date=personal.date_of_birth,
        merchant_code=body.merchant_classification_code,
        organisation=info.party_id_type == "BUSINESS",
        currencies=tuple(body.supported_currencies or ()),
        extensions=extension_pairs(info.extension_list),
    )


def party_out(party: Party, path: str, version: str, losses: list[Loss]) -> PartyBody:
    """The party for FSPIOP; a party without an identifier (a bank's debtor) is one of the account `UNKNOWN`."""
    party_id = party.id or PartyId("ACCOUNT_ID", "UNKNOWN")
    where = f"{path}.partyIdInfo"
    info = PartyIdInfo(
        party_id.type,  # type: ignore[arg-type]
        fspiop_text(party_id.identifier, TEXT_MAX, f"{where}.partyIdentifier", losses) or "UNKNOWN",
        fspiop_text(party_id.sub_id, TEXT_MAX, f"{where}.partySubIdOrType", losses),
        party.fsp,
        None if version == "1.0" else extension_list(party.extensions),
    )
    if version == "1.0":
        losses.extend(Loss(f"{where}.extensionList", value) for _, value in party.extensions)
    return PartyBody(
        info,
        _merchant_code(party, path, losses),
        fspiop_text(party.name, TEXT_MAX, f"{path}.name", losses),
        _personal(party, path, losses),
        _currencies(party, path, version, losses),
    )


def parties_put(party: Party, version: str, losses: list[Loss]) -> bytes:
    """The body of PUT /parties."""
    return _ENCODE(PartiesPut(party_out(party, "party", version, losses)))


def _merchant_code(party: Party, path: str, losses: list[Loss]) -> str | None:
    code = party.merchant_code
    if code is None or _MERCHANT_CODE.fullmatch(code):
        return code
    losses.append(Loss(f"{path}.merchantClassificationCode", code, "not a code of 1 to 4 digits"))
    return None


def _personal(party: Party, path: str, losses: list[Loss]) -> PartyPersonalInfo | None:
    parts: list[str | None] = []
    for field, value in (
        ("firstName", party.first_name), ("middleName", party.middle_name), ("lastName", party.last_name)
    ):  # fmt: skip
        where = f"{path}.personalInfo.complexName.{field}"
        part = fspiop_text(value, TEXT_MAX, where, losses)
        if part is not None and not is_name(part):
            losses.append(Loss(where, part, "has characters that no FSPIOP name may have"))
            part = None
        parts.append(part)
    name = PartyComplexName(*parts) if any(parts) else None
    return PartyPersonalInfo(name, party.birth_date) if name or party.birth_date else None


def _currencies(party: Party, path: str, version: str, losses: list[Loss]) -> tuple[str, ...] | None:
    if version == "2.0":
        return party.currencies[:CURRENCIES_MAX] or None
    losses.extend(Loss(f"{path}.supportedCurrencies", currency) for currency in party.currencies)
    return None
