"""POST /fxQuotes and pacs.091, PUT /fxQuotes and pacs.092 (mapping 1.8)."""

from typing import Any, Final

from translator.isojson.model import Back, Json, Options, Source
from translator.isojson.values import (
    ACTIVE,
    HISTORIC,
    agent_name,
    at,
    fspiop_money,
    iso_id,
    iso_money,
    named,
    organisation,
    payment_header,
)

ABSENT_AMOUNT: Final = "0"
"""What stands for the amount that is still asked for: ISO knows no currency without an amount."""
_ASKED: Final = {"SEND": "targetAmount", "RECEIVE": "sourceAmount"}


def write_conversion(terms: Json, tx: Json, fill: bool) -> None:
    """Both FSPs and both amounts of a conversion; `fill` writes an absent amount as `0`."""
    underlying: Json = {}
    for role, name in (("Dbtr", "initiatingFsp"), ("Cdtr", "counterPartyFsp")):
        fsp = terms.get(name)
        if fsp is not None:
            tx[role] = named(fsp)
            underlying[role] = organisation(fsp)
            underlying[f"{role}Agt"] = named(fsp)
    given, taken = terms.get("sourceAmount"), terms.get("targetAmount")
    if given:
        amount = iso_money(given, HISTORIC)
        if fill and HISTORIC not in amount:
            amount[HISTORIC] = ABSENT_AMOUNT
        underlying["InstdAmt"] = amount
    if underlying:
        tx["UndrlygCstmrCdtTrf"] = underlying
    if taken:
        amount = iso_money(taken, ACTIVE)
        if fill and ACTIVE not in amount:
            amount[ACTIVE] = ABSENT_AMOUNT
        tx["IntrBkSttlmAmt"] = amount


def read_conversion(tx: Json, terms: Json) -> None:
    """The same turned back; the underlying transfer's parties are not read."""
    initiator, counterparty = agent_name(tx.get("Dbtr")), agent_name(tx.get("Cdtr"))
    if initiator is not None:
        terms["initiatingFsp"] = initiator
    if counterparty is not None:
        terms["counterPartyFsp"] = counterparty
    underlying = tx.get("UndrlygCstmrCdtTrf")
    given = underlying.get("InstdAmt") if underlying else None
    if given:
        terms["sourceAmount"] = fspiop_money(given, HISTORIC)
    taken = tx.get("IntrBkSttlmAmt")
    if taken:
        terms["targetAmount"] = fspiop_money(taken, ACTIVE)


def _to_iso(source: Source, request_id: Any, fill: bool, options: Options) -> Json:
    terms: Json = source.body.get("conversionTerms") or {}
    ids: Json = {}
    tx: Json = {}
    for element, value in (
        ("TxId", request_id),
        ("InstrId", terms.get("conversionId")),
        ("EndToEndId", terms.get("determiningTransferId")),
    ):
        if value is not None:
            ids[element] = iso_id(value, options)
    if ids:
        tx["PmtId"] = ids
    write_conversion(terms, tx, fill)
    amount_type = terms.get("amountType")
    if amount_type is not None:
        tx["InstrForCdtrAgt"] = {"InstrInf": amount_type}
    return {"GrpHdr": payment_header(options, terms.get("expiration")), "CdtTrfTxInf": tx}


def _terms_of(message: Json, tx: Json) -> Json:
    terms: Json = {}
    ids = tx.get("PmtId") or {}
    conversion_id, transfer_id = ids.get("InstrId"), ids.get("EndToEndId")
    if conversion_id is not None:
        terms["conversionId"] = conversion_id
    if transfer_id is not None:
        terms["determiningTransferId"] = transfer_id
    read_conversion(tx, terms)
    expiration = at(message, "GrpHdr", "PmtInstrXpryDtTm")
    if expiration is not None:
        terms["expiration"] = expiration
    amount_type = at(tx, "InstrForCdtrAgt", "InstrInf")
    if amount_type is not None:
        terms["amountType"] = amount_type
    return terms


def request_to_iso(source: Source, options: Options) -> Json:
    """POST /fxQuotes as pacs.091."""
    return _to_iso(source, source.body.get("conversionRequestId"), True, options)


def request_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.091 as POST /fxQuotes; in mode full the `0` of the amount that is asked for is none."""
    tx: Json = source.body.get("CdtTrfTxInf") or {}
    body: Json = {}
    terms = _terms_of(source.body, tx)
    if options.full:
        asked = terms.get(_ASKED.get(terms.get("amountType", ""), ""))
        if asked and asked.get("amount") == ABSENT_AMOUNT:
            del asked["amount"]
    if terms:
        body["conversionTerms"] = terms
    request_id = at(tx, "PmtId", "TxId")
    if request_id is not None:
        body["conversionRequestId"] = request_id
    return body, None, None


def response_to_iso(source: Source, options: Options) -> Json:
    """PUT /fxQuotes as pacs.092."""
    message = _to_iso(source, source.params.get("ID"), options.full, options)
    condition = source.body.get("condition")
    if condition is not None:
        message["CdtTrfTxInf"]["VrfctnOfTerms"] = {"Sh256Sgntr": condition}
    return message


def response_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.092 as PUT /fxQuotes."""
    del options
    tx: Json = source.body.get("CdtTrfTxInf") or {}
    body: Json = {}
    condition = at(tx, "VrfctnOfTerms", "Sh256Sgntr")
    if condition is not None:
        body["condition"] = condition
    terms = _terms_of(source.body, tx)
    if terms:
        body["conversionTerms"] = terms
    request_id = at(tx, "PmtId", "TxId")
    return body, None, (None if request_id is None else {"ID": request_id})
