"""pacs.002 as state of a transfer or conversion, and as an error (mapping 1.6, 1.7)."""

from typing import Final

from schemas.codes.reasons import fspiop_code
from translator.isojson.model import Back, Json, Options, Source, UntranslatableError
from translator.isojson.values import status_header

_TO_ISO: Final = {"COMMITTED": "COMM", "RESERVED": "RESV", "RECEIVED": "RECV", "ABORTED": "ABOR"}
_TO_FSPIOP: Final = {iso: fspiop for fspiop, iso in _TO_ISO.items()}
TEXT_MAX: Final = 105
"""Length of AddtlInf (Max105Text)."""
_DESCRIPTION_MAX: Final = 128


def write_status(body: Json, state_name: str, with_fulfilment: bool, options: Options) -> Json:
    """A state message: fulfilment (if the resource has one), time and state."""
    status: Json = {}
    if with_fulfilment:
        fulfilment = body.get("fulfilment")
        if fulfilment is not None:
            status["ExctnConf"] = fulfilment
    completed, state = body.get("completedTimestamp"), body.get(state_name)
    if completed is not None:
        status["PrcgDt"] = {"DtTm": completed}
    if state is not None:
        code = _TO_ISO.get(state)
        if code is None:
            raise UntranslatableError(state_name, f"'{state}' has no ISO state")
        status["TxSts"] = code
    message: Json = {"GrpHdr": status_header(options)}
    if status:
        message["TxInfAndSts"] = status
    return message


def read_status(message: Json, state_name: str, with_fulfilment: bool) -> Json:
    """The same turned back."""
    status = message.get("TxInfAndSts") or {}
    body: Json = {}
    if with_fulfilment:
        fulfilment = status.get("ExctnConf")
        if fulfilment is not None:
            body["fulfilment"] = fulfilment
    processed = status.get("PrcgDt")
    completed = processed.get("DtTm") if processed else None
    if completed is not None:
        body["completedTimestamp"] = completed
    code = status.get("TxSts")
    if code is not None:
        state = _TO_FSPIOP.get(code)
        if state is None:
            raise UntranslatableError("TxInfAndSts.TxSts", f"'{code}' is no state of this variant")
        body[state_name] = state
    return body


def error_to_iso(source: Source, options: Options) -> Json:
    """An error callback as pacs.002."""
    information = source.body.get("errorInformation") or {}
    reason: Json = {}
    code, text = information.get("errorCode"), information.get("errorDescription")
    if code is not None:
        reason["Rsn"] = {"Prtry": code}
    if text is not None:
        reason["AddtlInf"] = text[:TEXT_MAX]
    message: Json = {"GrpHdr": status_header(options)}
    if reason:
        message["TxInfAndSts"] = {"StsRsnInf": reason}
    return message


def error_to_fspiop(source: Source, options: Options) -> Back:
    """pacs.002 as an error callback.

    In mode full an ISO reason is read as well: its FSPIOP code, with the reason before the text.
    """
    reason = (source.body.get("TxInfAndSts") or {}).get("StsRsnInf") or {}
    cause = reason.get("Rsn") or {}
    code, text = cause.get("Prtry"), reason.get("AddtlInf")
    if code is None and options.full and cause.get("Cd") is not None:
        code = fspiop_code(cause["Cd"])
        text = (f"{cause['Cd']} {text}" if text else cause["Cd"])[:_DESCRIPTION_MAX]
    information: Json = {}
    if code is not None:
        information["errorCode"] = code
    if text is not None:
        information["errorDescription"] = text
    return ({"errorInformation": information} if information else {}), None, None
