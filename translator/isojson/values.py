"""Pieces that several messages share: group header, amounts, identifiers, agents."""

from datetime import UTC
from typing import Any, Final

from schemas.canonical.identity import is_uuid, ulid_of
from translator.isojson.model import Json, Options

ACTIVE: Final = "ActiveCurrencyAndAmount"
"""The amount's own name where a settlement amount stands (IntrBkSttlmAmt)."""
HISTORIC: Final = "ActiveOrHistoricCurrencyAndAmount"
"""The amount's own name where an instructed amount or a charge stands."""


def created(options: Options) -> str:
    """CreDtTm: now in UTC with milliseconds."""
    now = options.now
    if now.tzinfo is not UTC:
        now = now.astimezone(UTC)
    return f"{now.isoformat(timespec='milliseconds')[:23]}Z"


def status_header(options: Options) -> Json:
    """GrpHdr of pacs.002: id and time only."""
    return {"MsgId": options.new_id(), "CreDtTm": created(options)}


def payment_header(options: Options, expiration: Any) -> Json:
    """GrpHdr of a message with one transaction."""
    header: Json = {
        "MsgId": options.new_id(),
        "CreDtTm": created(options),
        "NbOfTxs": "1",
        "SttlmInf": {"SttlmMtd": "CLRG"},
    }
    if expiration is not None:
        header["PmtInstrXpryDtTm"] = expiration
    return header


def iso_money(money: Json, name: str) -> Json:
    """An FSPIOP Money as ISO-JSON writes it; what is absent stays absent."""
    iso: Json = {}
    currency, amount = money.get("currency"), money.get("amount")
    if currency is not None:
        iso["Ccy"] = currency
    if amount is not None:
        iso[name] = amount
    return iso


def fspiop_money(amount: Json, name: str) -> Json:
    """The same turned back."""
    money: Json = {}
    currency, value = amount.get("Ccy"), amount.get(name)
    if currency is not None:
        money["currency"] = currency
    if value is not None:
        money["amount"] = value
    return money


def iso_id(text: Any, options: Options) -> Any:
    """An identifier as PmtId takes it: in mode full a UUID as the ULID of the same bits, else unchanged."""
    if options.ulids and options.full and isinstance(text, str) and len(text) == 36 and is_uuid(text):
        return ulid_of(text)
    return text


def named(fsp: Any) -> Json:
    """An agent known by the name of its FSP."""
    return {"FinInstnId": {"Othr": {"Id": fsp}}}


def organisation(fsp: Any) -> Json:
    """A party of which only the FSP's name is known."""
    return {"Id": {"OrgId": {"Othr": {"Id": fsp}}}}


def agent_name(agent: Json | None) -> Any:
    """FinInstnId.Othr.Id of an agent, None if it has none."""
    institution = agent.get("FinInstnId") if agent else None
    other = institution.get("Othr") if institution else None
    return other.get("Id") if other else None


def sub_id(agent: Json | None) -> Any:
    """FinInstnId.ClrSysMmbId.MmbId of an agent, None if it has none."""
    institution = agent.get("FinInstnId") if agent else None
    member = institution.get("ClrSysMmbId") if institution else None
    return member.get("MmbId") if member else None


def at(body: Json, *path: str) -> Any:
    """The value there, None if the way breaks off."""
    value: Any = body
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
