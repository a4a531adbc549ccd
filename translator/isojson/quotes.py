"""POST /quotes and pacs.081, PUT /quotes and pacs.082 (mapping 1.3, 1.4).

Homes that mode full uses and the peer does not: fees, note, balance of payments, refund reason.
"""

from typing import Any, Final

from translator.isojson.model import Back, Json, Options, Source, UntranslatableError
from translator.isojson.packets import condition_of
from translator.isojson.people import ORGANISATIONS, read_party, write_party
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

_REFUND: Final = "REFD"
_NOTE_MAX: Final = 128


def request_to_iso(source: Source, options: Options) -> Json:
    """POST /quotes as pacs.081."""
    body, full = source.body, options.full
    ids: Json = {}
    tx: Json = {"PmtId": ids}
    quote_id, transaction_id = body.get("quoteId"), body.get("transactionId")
    if quote_id is not None:
        ids["TxId"] = iso_id(quote_id, options)
    if transaction_id is not None:
        ids["EndToEndId"] = iso_id(transaction_id, options)
    payee, payer = body.get("payee"), body.get("payer")
    if payee:
        write_party(payee, tx, "Cdtr", full)
    if payer:
        write_party(payer, tx, "Dbtr", full)
    amount = body.get("amount")
    if amount:
        tx["IntrBkSttlmAmt"] = iso_money(amount, ACTIVE)
    kind = body.get("transactionType")
    if kind:
        _write_kind(kind, tx, options)
    amount_type = body.get("amountType")
    if not full:
        tx["ChrgBr"] = "CRED" if amount_type == "SEND" else "DEBT"
    elif amount_type is not None:
        tx["ChrgBr"] = _charge_bearer(amount_type)
    if full:
        for name, header in (("CdtrAgt", "fspiop-destination"), ("DbtrAgt", "fspiop-source")):
            # The variant demands both agents; who asks whom is told by the headers too.
            if name not in tx and source.headers.get(header):
                tx[name] = named(source.headers[header])
        fees, note = body.get("fees"), body.get("note")
        agent = tx.get("DbtrAgt")
        if fees and agent:
            tx["ChrgsInf"] = {"Amt": iso_money(fees, HISTORIC), "Agt": agent}
        if note is not None:
            tx["InstrForNxtAgt"] = {"InstrInf": note}
    return {"GrpHdr": payment_header(options, body.get("expiration")), "CdtTrfTxInf": tx}


def _write_kind(kind: Json, tx: Json, options: Options) -> None:
    scenario, refund = kind.get("scenario"), kind.get("refundInfo")
    if scenario is not None:
        tx["Purp"] = {"Prtry": scenario}
    if refund:
        original = refund.get("originalTransactionId")
        # The peer reads a field that FSPIOP does not have.
        reason = refund.get("refundReason" if options.full else "reason")
        if original is not None:
            tx["PmtId"]["InstrId"] = iso_id(original, options)
        tx["InstrForCdtrAgt"] = {"Cd": _REFUND} if reason is None else {"Cd": _REFUND, "InstrInf": reason}
    if options.full:
        balance = kind.get("balanceOfPayments")
        if balance is not None:
            tx["RgltryRptg"] = {"Dtls": {"Cd": balance}}


def _charge_bearer(amount_type: Any) -> str:
    if amount_type == "SEND":
        return "CRED"
    if amount_type == "RECEIVE":
        return "DEBT"
    raise UntranslatableError("amountType", f"'{amount_type}' is no amount type")


def request_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.081 as POST /quotes."""
    message, full = source.body, options.full
    tx: Json = message.get("CdtTrfTxInf") or {}
    body: Json = {}
    ids = tx.get("PmtId") or {}
    quote_id, transaction_id, instruction = ids.get("TxId"), ids.get("EndToEndId"), ids.get("InstrId")
    if quote_id is not None:
        body["quoteId"] = quote_id
    if transaction_id is not None:
        body["transactionId"] = transaction_id
    for name, role in (("payee", "Cdtr"), ("payer", "Dbtr")):
        party = read_party(tx.get(role), tx.get(f"{role}Agt"), tx.get(f"{role}Acct"), full)
        if party:
            body[name] = party
    amount = tx.get("IntrBkSttlmAmt")
    if amount:
        body["amount"] = fspiop_money(amount, ACTIVE)
    expiration = at(message, "GrpHdr", "PmtInstrXpryDtTm")
    if expiration is not None:
        body["expiration"] = expiration
    kind: Json = {}
    scenario = (tx.get("Purp") or {}).get("Prtry")
    if scenario is not None:
        kind["scenario"] = scenario
    body["transactionType"] = kind
    if full:
        _read_more(tx, instruction, body)
        return body, None, None
    if instruction is not None:
        body["transactionRequestId"] = instruction
        kind["refundInfo"] = {"originalTransactionId": instruction}
    reason = (tx.get("InstrForCdtrAgt") or {}).get("InstrInf")
    if reason is not None:
        kind.setdefault("refundInfo", {})["reason"] = reason
    kind["initiator"] = "PAYER" if instruction is None else "PAYEE"
    kind["initiatorType"] = "BUSINESS"
    body["amountType"] = "RECEIVE" if tx.get("ChrgBr") == "DEBT" else "SEND"
    return body, None, None


def _read_more(tx: Json, instruction: Any, body: Json) -> None:
    """What mode full reads otherwise, or at all."""
    kind = body["transactionType"]
    order: Json = tx.get("InstrForCdtrAgt") or {}
    initiator = "PAYER"
    if order.get("Cd") == _REFUND or kind.get("scenario") == "REFUND":
        refund: Json = {}
        if instruction is not None:
            refund["originalTransactionId"] = instruction
        if order.get("InstrInf") is not None:
            refund["refundReason"] = order["InstrInf"]
        if refund:
            kind["refundInfo"] = refund
    elif instruction is not None:
        # Only a request to pay has an id of its own, and a payee made it.
        body["transactionRequestId"] = instruction
        initiator = "PAYEE"
    side = "payer" if initiator == "PAYER" else "payee"
    kind["initiator"] = initiator
    kind["initiatorType"] = "BUSINESS" if at(body, side, "partyIdInfo", "partyIdType") in ORGANISATIONS else "CONSUMER"
    bearer = tx.get("ChrgBr")
    if bearer is not None:
        body["amountType"] = "RECEIVE" if bearer == "DEBT" else "SEND"
    charge = tx.get("ChrgsInf")
    if charge and charge.get("Amt") and charge.get("Agt") == tx.get("DbtrAgt"):
        body["fees"] = fspiop_money(charge["Amt"], HISTORIC)
    note = at(tx, "InstrForNxtAgt", "InstrInf")
    if note is not None:
        body["note"] = note[:_NOTE_MAX]
    balance = at(tx, "RgltryRptg", "Dtls", "Cd")
    if balance is not None and _is_balance(balance):
        kind["balanceOfPayments"] = balance


def _is_balance(code: Any) -> bool:
    """Whether a reporting code is one of FSPIOP's (three digits, BalanceOfPayments)."""
    return isinstance(code, str) and len(code) == 3 and code.isdecimal() and code.isascii() and code[0] != "0"


def response_to_iso(source: Source, options: Options) -> Json:
    """PUT /quotes as pacs.082; needs the stored pacs.081 or, in mode full, the FSPs in the headers."""
    body, headers = source.body, source.headers
    asked = source.context.get("isoPostQuote")
    lenient = options.full or options.testing_mode
    if asked is None and not lenient:
        raise UntranslatableError("", "the stored quote request (isoPostQuote) is needed", "2001")
    request: Json = (asked or {}).get("CdtTrfTxInf") or {}
    tx: Json = {}
    quote_id = source.params.get("ID")
    if quote_id is not None:
        tx["PmtId"] = {"TxId": iso_id(quote_id, options)}
    payer, payee = headers.get("fspiop-destination"), headers.get("fspiop-source")
    for role, fsp in (("Dbtr", payer), ("Cdtr", payee)):
        party, agent = request.get(role), request.get(f"{role}Agt")
        if party is not None:
            tx[role] = party
        elif lenient and fsp is not None:
            tx[role] = organisation(fsp)
        if agent is not None:
            tx[f"{role}Agt"] = agent
        elif lenient and fsp is not None:
            tx[f"{role}Agt"] = named(fsp)
    bearer = request.get("ChrgBr")
    if bearer is not None or lenient:
        tx["ChrgBr"] = bearer if bearer is not None else "SHAR"
    _write_terms(body, tx, request, options)
    return {"GrpHdr": payment_header(options, body.get("expiration")), "CdtTrfTxInf": tx}


def _write_terms(body: Json, tx: Json, request: Json, options: Options) -> None:
    amount, received, fee = body.get("transferAmount"), body.get("payeeReceiveAmount"), body.get("payeeFspFee")
    if amount:
        tx["IntrBkSttlmAmt"] = iso_money(amount, ACTIVE)
    if received:
        tx["InstdAmt"] = iso_money(received, HISTORIC)
    if fee:
        charge: Json = {"Amt": iso_money(fee, HISTORIC)}
        agent = request.get("CdtrAgt")
        if agent is None and options.full:
            agent = tx.get("CdtrAgt")
        elif agent is None and options.testing_mode:
            agent = named("Testing")
        if agent is not None:
            charge["Agt"] = agent
        tx["ChrgsInf"] = charge
    packet = body.get("ilpPacket")
    if packet is not None:
        tx["VrfctnOfTerms"] = {"IlpV4PrepPacket": packet}


def response_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.082 as PUT /quotes."""
    message = source.body
    tx: Json = message.get("CdtTrfTxInf") or {}
    body: Json = {}
    expiration = at(message, "GrpHdr", "PmtInstrXpryDtTm")
    if expiration is not None:
        body["expiration"] = expiration
    amount, received = tx.get("IntrBkSttlmAmt"), tx.get("InstdAmt")
    if amount:
        body["transferAmount"] = fspiop_money(amount, ACTIVE)
    if received:
        body["payeeReceiveAmount"] = fspiop_money(received, HISTORIC)
    charge = tx.get("ChrgsInf")
    fee = charge.get("Amt") if charge else None
    if fee:
        body["payeeFspFee"] = fspiop_money(fee, HISTORIC)
    read_packet(tx, body)
    ids = tx.get("PmtId")
    quote_id = ids.get("TxId") if ids else None
    params = None if quote_id is None else {"ID": quote_id}
    headers: Json = {}
    for header, role in (("fspiop-destination", "Dbtr"), ("fspiop-source", "Cdtr")):
        fsp = agent_name(tx.get(f"{role}Agt")) if options.full else None
        if fsp is None:
            fsp = at(tx, role, "Id", "OrgId", "Othr", "Id")
        if fsp is not None:
            headers[header] = fsp
    return body, headers or None, params


def read_packet(tx: Json, body: Json) -> None:
    """Set ilpPacket and, if it can be read, the condition inside it."""
    terms = tx.get("VrfctnOfTerms")
    packet = terms.get("IlpV4PrepPacket") if terms else None
    if packet is not None:
        body["ilpPacket"] = packet
        condition = condition_of(packet)
        if condition is not None:
            body["condition"] = condition
