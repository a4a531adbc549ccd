"""Party identifiers of FSPIOP as ISO proxies and identification schemes, both ways (table proxies.toml)."""

from functools import cache
from typing import Final, NamedTuple

from schemas.codes.tables import table

PERSONAL: Final = "PERSONAL_ID"


class PartyType(NamedTuple):
    """An FSPIOP party id type and, for personal ids, the kind of document."""

    type: str
    sub_type: str | None = None


class Scheme(NamedTuple):
    """An ISO type: a code of the external list, or a proprietary word."""

    code: str | None = None
    proprietary: str | None = None


@cache
def proxy_scheme(party_type: str, sub_type: str | None) -> Scheme | None:
    """Prxy/Tp for a party id type; None if it is written as an account instead."""
    rows = table("proxies")
    if party_type == PERSONAL:
        code = rows["personal"]["proxy"].get(sub_type)
        return Scheme(code) if code else Scheme(proprietary=sub_type or PERSONAL)
    codes = rows["types"].get(party_type)
    if codes:
        return Scheme(codes[0])
    return Scheme(proprietary=party_type) if party_type in rows["proprietary"]["words"] else None


@cache
def party_type_of_proxy(code: str | None, proprietary: str | None) -> PartyType | None:
    """The party id type a Prxy/Tp means; None for one the hub does not know."""
    rows = table("proxies")
    for party_type, codes in rows["types"].items():
        if code in codes:
            return PartyType(party_type)
    for sub_type, known in rows["personal"]["proxy"].items():
        if code == known:
            return PartyType(PERSONAL, sub_type)
    if proprietary in rows["proprietary"]["words"]:
        return PartyType(str(proprietary))
    return PartyType(PERSONAL, proprietary) if proprietary in rows["personal"]["words"] else None


@cache
def party_type_of_scheme(code: str | None, proprietary: str | None, *, organisation: bool) -> PartyType | None:
    """The party id type that Id/{OrgId,PrvtId}/Othr/SchmeNm means."""
    rows = table("proxies")
    if organisation:
        return PartyType("BUSINESS") if code or proprietary in (None, "BUSINESS") else None
    for sub_type, known in rows["personal"]["scheme"].items():
        if code == known:
            return PartyType(PERSONAL, sub_type)
    return PartyType("MSISDN") if code == "TELE" else party_type_of_proxy(None, proprietary)
