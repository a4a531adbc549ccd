"""POST /transfers and pacs.008, PUT and PATCH /transfers and pacs.002 (mapping 1.5, 1.6)."""

from typing import Any

from translator.isojson.model import Back, Json, Options, Source, UntranslatableError
from translator.isojson.quotes import read_packet
from translator.isojson.statuses import read_status, write_status
from translator.isojson.values import (
    ACTIVE,
    agent_name,
    at,
    fspiop_money,
    iso_id,
    iso_money,
    organisation,
    payment_header,
    sub_id,
)


def prepare_to_iso(source: Source, options: Options) -> Json:
    """POST /transfers as pacs.008; needs the stored pacs.082 or, in mode full, makes do with the FSPs' names."""
    body = source.body
    agreed = source.context.get("isoPostQuoteResponse")
    lenient = options.full or options.testing_mode
    if agreed is None and not lenient:
        raise UntranslatableError("", "the stored quote response (isoPostQuoteResponse) is needed", "2001")
    terms: Json = (agreed or {}).get("CdtTrfTxInf") or {}
    ids: Json = {}
    tx: Json = {"PmtId": ids}
    transfer_id = body.get("transferId")
    if transfer_id is not None:
        ids["TxId"] = iso_id(transfer_id, options)
        if options.full:
            # pacs.008 demands one; the quote's own if it is known.
            ids["EndToEndId"] = at(terms, "PmtId", "EndToEndId") or ids["TxId"]
    bearer = terms.get("ChrgBr")
    if bearer is not None or lenient:
        tx["ChrgBr"] = bearer if bearer is not None else "SHAR"
    for role, name in (("Cdtr", "payeeFsp"), ("Dbtr", "payerFsp")):
        fsp, party = body.get(name), terms.get(role)
        if party is not None:
            tx[role] = party
        elif lenient and fsp is not None:
            tx[role] = organisation(fsp)
        agent = _agent(fsp, sub_id(terms.get(f"{role}Agt")))
        if agent:
            tx[f"{role}Agt"] = {"FinInstnId": agent}
    amount = body.get("amount")
    if amount:
        tx["IntrBkSttlmAmt"] = iso_money(amount, ACTIVE)
    packet = body.get("ilpPacket")
    if packet is not None:
        tx["VrfctnOfTerms"] = {"IlpV4PrepPacket": packet}
    return {"GrpHdr": payment_header(options, body.get("expiration")), "CdtTrfTxInf": tx}


def _agent(fsp: Any, member: Any) -> Json:
    agent: Json = {}
    if fsp is not None:
        agent["Othr"] = {"Id": fsp}
    if member is not None:
        agent["ClrSysMmbId"] = {"MmbId": member}
    return agent


def prepare_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.008 as POST /transfers."""
    del options
    message = source.body
    tx: Json = message.get("CdtTrfTxInf") or {}
    body: Json = {}
    ids = tx.get("PmtId")
    transfer_id = ids.get("TxId") if ids else None
    if transfer_id is not None:
        body["transferId"] = transfer_id
    payee, payer = agent_name(tx.get("CdtrAgt")), agent_name(tx.get("DbtrAgt"))
    if payee is not None:
        body["payeeFsp"] = payee
    if payer is not None:
        body["payerFsp"] = payer
    amount = tx.get("IntrBkSttlmAmt")
    if amount:
        body["amount"] = fspiop_money(amount, ACTIVE)
    read_packet(tx, body)
    header = message.get("GrpHdr")
    expiration = header.get("PmtInstrXpryDtTm") if header else None
    if expiration is not None:
        body["expiration"] = expiration
    return body, None, None


def answer_to_iso(source: Source, options: Options) -> Json:
    """PUT /transfers as pacs.002."""
    return write_status(source.body, "transferState", True, options)


def answer_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.002 as PUT /transfers."""
    del options
    return read_status(source.body, "transferState", True), None, None


def notice_to_iso(source: Source, options: Options) -> Json:
    """PATCH /transfers as pacs.002; a fulfilment only in mode full."""
    return write_status(source.body, "transferState", options.full, options)


def notice_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.002 as PATCH /transfers."""
    return read_status(source.body, "transferState", options.full), None, None
