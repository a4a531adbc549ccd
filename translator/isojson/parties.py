"""PUT /parties and acmt.024, with or without an error (mapping 1.1, 1.2)."""

from typing import Any, Final

from schemas.codes.reasons import fspiop_code
from translator.isojson.errors import group_text
from translator.isojson.model import Back, Json, Options, Source
from translator.isojson.people import agent, first_currency, identification, packed_name, read_party
from translator.isojson.values import agent_name, at, created, named

_CODE_LENGTH: Final = 4


def _assignment(source: Source, options: Options) -> Json:
    assignment: Json = {"MsgId": options.new_id(), "CreDtTm": created(options)}
    sender, receiver = source.headers.get("fspiop-source"), source.headers.get("fspiop-destination")
    if sender is not None:
        assignment["Assgnr"] = {"Agt": named(sender)}
    if receiver is not None:
        assignment["Assgne"] = {"Agt": named(receiver)}
    return assignment


def _headers(message: Json) -> Json | None:
    assignment = message.get("Assgnmt") or {}
    headers: Json = {}
    for header, role in (("fspiop-source", "Assgnr"), ("fspiop-destination", "Assgne")):
        party = assignment.get(role)
        fsp = agent_name(party.get("Agt")) if party else None
        if fsp is not None:
            headers[header] = fsp
    return headers or None


def found_to_iso(source: Source, options: Options) -> Json:
    """PUT /parties as acmt.024 that verifies."""
    party: Json = source.body.get("party") or {}
    full = options.full
    person: Json = {}
    updated: Json = {}
    info = party.get("partyIdInfo")
    if info:
        known = identification(info, full)
        if known:
            person["Id"] = known
    name = packed_name(party, full)
    if name is not None:
        person["Nm"] = name
    if person:
        updated["Pty"] = person
    if info:
        fsp = agent(info)
        if fsp:
            updated["Agt"] = fsp
    currency = first_currency(party.get("supportedCurrencies"), full)
    if currency is not None:
        updated["Acct"] = {"Ccy": currency}
    report: Json = {"Vrfctn": True, "OrgnlId": options.new_id()}
    if updated:
        report["UpdtdPtyAndAcctId"] = updated
    return {"Assgnmt": _assignment(source, options), "Rpt": report}


def found_to_fspiop(source: Source, options: Options) -> Back:
    """acmt.024 that verifies as PUT /parties."""
    updated: Json = at(source.body, "Rpt", "UpdtdPtyAndAcctId") or {}
    party = read_party(updated.get("Pty"), updated.get("Agt"), updated.get("Acct"), options.full)
    return ({"party": party} if party else {}), _headers(source.body), None


def error_to_iso(source: Source, options: Options) -> Json:
    """PUT /parties/…/error as acmt.024 that does not verify."""
    code = (source.body.get("errorInformation") or {}).get("errorCode")
    report: Json = {"OrgnlId": options.new_id(), "Vrfctn": False}
    if code is not None:
        report["Rsn"] = {"Cd": code}
    return {"Assgnmt": _assignment(source, options), "Rpt": report}


def error_to_fspiop(source: Source, options: Options) -> Back:
    """acmt.024 that does not verify as PUT /parties/…/error.

    The message has no text: the code's own stands in. Mode full reads an ISO reason as well.
    """
    code: Any = at(source.body, "Rpt", "Rsn", "Cd")
    if code is None:
        return {}, _headers(source.body), None
    if options.full and isinstance(code, str) and not (len(code) == _CODE_LENGTH and code.isdecimal()):
        information = {"errorCode": fspiop_code(code), "errorDescription": code}
    else:
        information = {"errorCode": code, "errorDescription": group_text(str(code))}
    return {"errorInformation": information}, _headers(source.body), None
