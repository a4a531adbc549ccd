"""POST /fxTransfers and pacs.009, PUT and PATCH /fxTransfers and pacs.002 (mapping 1.9)."""

from translator.isojson.fxquotes import read_conversion, write_conversion
from translator.isojson.model import Back, Json, Options, Source
from translator.isojson.statuses import read_status, write_status
from translator.isojson.values import at, iso_id, payment_header


def prepare_to_iso(source: Source, options: Options) -> Json:
    """POST /fxTransfers as pacs.009; the amount type only in mode full."""
    body = source.body
    ids: Json = {}
    tx: Json = {}
    commit_id, transfer_id = body.get("commitRequestId"), body.get("determiningTransferId")
    if commit_id is not None:
        ids["TxId"] = iso_id(commit_id, options)
    if transfer_id is not None:
        ids["EndToEndId"] = iso_id(transfer_id, options)
    if ids:
        tx["PmtId"] = ids
    write_conversion(body, tx, False)
    condition = body.get("condition")
    if condition is not None:
        tx["VrfctnOfTerms"] = {"Sh256Sgntr": condition}
    if options.full:
        amount_type = body.get("amountType")
        if amount_type is not None:
            tx["InstrForCdtrAgt"] = {"InstrInf": amount_type}
    return {"GrpHdr": payment_header(options, body.get("expiration")), "CdtTrfTxInf": tx}


def prepare_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.009 as POST /fxTransfers."""
    message = source.body
    tx: Json = message.get("CdtTrfTxInf") or {}
    body: Json = {}
    ids = tx.get("PmtId") or {}
    commit_id, transfer_id = ids.get("TxId"), ids.get("EndToEndId")
    if commit_id is not None:
        body["commitRequestId"] = commit_id
    if transfer_id is not None:
        body["determiningTransferId"] = transfer_id
    read_conversion(tx, body)
    condition = at(tx, "VrfctnOfTerms", "Sh256Sgntr")
    if condition is not None:
        body["condition"] = condition
    expiration = at(message, "GrpHdr", "PmtInstrXpryDtTm")
    if expiration is not None:
        body["expiration"] = expiration
    if options.full:
        amount_type = at(tx, "InstrForCdtrAgt", "InstrInf")
        if amount_type is not None:
            body["amountType"] = amount_type
    return body, None, None


def answer_to_iso(source: Source, options: Options) -> Json:
    """PUT /fxTransfers as pacs.002."""
    return write_status(source.body, "conversionState", True, options)


def answer_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.002 as PUT /fxTransfers."""
    del options
    return read_status(source.body, "conversionState", True), None, None


def notice_to_iso(source: Source, options: Options) -> Json:
    """PATCH /fxTransfers as pacs.002; a fulfilment only in mode full."""
    return write_status(source.body, "conversionState", options.full, options)


def notice_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.002 as PATCH /fxTransfers."""
    return read_status(source.body, "conversionState", options.full), None, None
