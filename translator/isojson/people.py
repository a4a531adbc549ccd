"""A party of FSPIOP and Dbtr or Cdtr of ISO-JSON, with account and agent (mapping 1.0, shared rules).

Mode mojaloop writes an organisation's scheme under OrgId and its identifier under PrvtId, as its peer does; mode full
writes both under OrgId. Both modes read either.
"""

from typing import Any, Final

from translator.isojson.model import Json
from translator.isojson.values import agent_name, sub_id

ORGANISATIONS: Final = frozenset({"BUSINESS", "ALIAS", "DEVICE"})
_NAME_MAX: Final = 140
_PARTS: Final = ("firstName", "middleName", "lastName")


def identification(info: Json, full: bool) -> Json:
    """Party identification (`Id`) of a partyIdInfo; empty if it has neither type nor identifier."""
    kind, identifier = info.get("partyIdType"), info.get("partyIdentifier")
    other: Json = {}
    if kind is not None:
        other["SchmeNm"] = {"Prtry": kind}
    if kind not in ORGANISATIONS:
        if identifier is not None:
            other["Id"] = identifier
        return {"PrvtId": {"Othr": other}} if other else {}
    if identifier is None:
        return {"OrgId": {"Othr": other}}
    if full:
        other["Id"] = identifier
        return {"OrgId": {"Othr": other}}
    return {"OrgId": {"Othr": other}, "PrvtId": {"Othr": {"Id": identifier}}}


def agent(info: Json) -> Json:
    """The agent a partyIdInfo names; empty if it names none."""
    institution: Json = {}
    member, fsp = info.get("partySubIdOrType"), info.get("fspId")
    if member is not None:
        institution["ClrSysMmbId"] = {"MmbId": member}
    if fsp is not None:
        institution["Othr"] = {"Id": fsp}
    return {"FinInstnId": institution} if institution else {}


def packed_name(party: Json, full: bool) -> str | None:
    """`first;middle;last;display`; in mode full no longer than Max140Text, with the display name kept whole."""
    display = party.get("name")
    personal = party.get("personalInfo")
    names = personal.get("complexName") if personal else None
    if not names:
        return f";;;{display}" if display else None
    first, middle, last = names.get("firstName") or "", names.get("middleName") or "", names.get("lastName") or ""
    packed = f"{first};{middle};{last};{display or ''}"
    if full:
        if packed == ";;;":
            return None
        if len(packed) > _NAME_MAX:
            whole = display or " ".join(part for part in (first, middle, last) if part)
            return f";;;{whole}"[:_NAME_MAX]
    return packed


def write_names(party: Json, packed: Any, full: bool) -> None:
    """Set name and complexName from the packed form.

    The peer splits at every `;` and drops what follows the fourth part; a display name may hold one in mode full, where
    a text without any is a display name too.
    """
    if full and ";" not in packed:
        party["name"] = packed
        return
    parts = packed.split(";", 3) if full else packed.split(";")
    if len(parts) > 3 and parts[3]:
        party["name"] = parts[3]
    names = {name: part for name, part in zip(_PARTS, parts, strict=False) if part}
    if names:
        party["personalInfo"] = {"complexName": names}


def write_party(party: Json, target: Json, role: str, full: bool) -> None:
    """Write one side of a quote request: `role` is Cdtr or Dbtr."""
    info = party.get("partyIdInfo")
    person: Json = {}
    if info:
        found = identification(info, full)
        if found:
            person["Id"] = found
        found = agent(info)
        if found:
            target[f"{role}Agt"] = found
    name = packed_name(party, full)
    if name is not None:
        person["Nm"] = name
    if person:
        target[role] = person
    currency = first_currency(party.get("supportedCurrencies"), full)
    if currency is not None:
        target[f"{role}Acct"] = {"Ccy": currency}


def first_currency(currencies: Any, full: bool) -> Any:
    """Acct.Ccy for supportedCurrencies: the first; an empty list stays one (mode full: no account)."""
    if not currencies:
        return None if currencies is None or full else currencies
    return currencies[0] if isinstance(currencies, list) else currencies


def read_party(person: Json | None, fsp: Json | None, account: Json | None, full: bool) -> Json:
    """The FSPIOP party of an ISO party with its agent and account; empty if they say nothing."""
    party: Json = {}
    info: Json = {}
    known = person.get("Id") if person else None
    if known:
        organisation, private = known.get("OrgId"), known.get("PrvtId")
        first = (organisation.get("Othr") if organisation else None) or {}
        second = (private.get("Othr") if private else None) or {}
        kind = (first.get("SchmeNm") or {}).get("Prtry")
        if kind is None:
            kind = (second.get("SchmeNm") or {}).get("Prtry")
        if kind is not None:
            info["partyIdType"] = kind
        identifier = first.get("Id")
        if identifier is None:
            identifier = second.get("Id")
        if identifier is not None:
            info["partyIdentifier"] = identifier
    if fsp:
        member, name = sub_id(fsp), agent_name(fsp)
        if member is not None:
            info["partySubIdOrType"] = member
        if name is not None:
            info["fspId"] = name
    if info:
        party["partyIdInfo"] = info
    packed = person.get("Nm") if person else None
    if packed:
        write_names(party, packed, full)
    currency = account.get("Ccy") if account else None
    if currency is not None:
        party["supportedCurrencies"] = currency if isinstance(currency, list) else [currency]
    return party
