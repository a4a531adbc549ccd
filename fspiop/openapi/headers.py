"""The headers of the API as parameters of an OpenAPI document (reference section 4)."""

import re
from typing import Any, Final

_MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_YEAR: Final = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LEAP: Final = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"
_DAYS: Final = (
    f"(?:(?:0[1-9]|1[0-9]|2[0-8]) (?:{_MONTHS}) {_YEAR}|(?:29|30) (?:{_MONTHS.replace('Feb|', '')}) {_YEAR}"
    f"|31 (?:Jan|Mar|May|Jul|Aug|Oct|Dec) {_YEAR}|29 Feb {_LEAP})"
)
_DATE: Final = f"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), {_DAYS} (?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9] GMT$"
_FSP: Final = {"type": "string", "pattern": "^[A-Za-z0-9][ -~]{0,31}$"}
_FSP_OR_NONE: Final = {"type": "string", "pattern": "^(?:[A-Za-z0-9][ -~]{0,31})?$"}
_TEXT: Final = {"type": "string"}
_VERSION: Final = ";version="
REF: Final = "#/components/parameters/"

_ROWS: Final[tuple[tuple[str, bool, dict[str, Any], str], ...]] = (
    ("Date", True, {"type": "string", "pattern": _DATE}, "When it was sent, as IMF-fixdate."),
    ("FSPIOP-Source", True, _FSP, "The participant that sends it."),
    ("FSPIOP-Destination", False, _FSP_OR_NONE, "The participant it is for; left out where nobody is known yet."),
    ("FSPIOP-URI", False, _TEXT, "The path that the signature covers, from the resource on."),
    ("FSPIOP-HTTP-Method", False, _TEXT, "The method that the signature covers."),
    ("FSPIOP-Signature", False, _TEXT, "A JWS of the body: `{signature, protectedHeader}`. Needed in production."),
    ("FSPIOP-Encryption", False, _TEXT, "Passed on as it is."),
    ("FSPIOP-Proxy", False, _FSP, "The participant through which another scheme's member sends it."),
    ("X-Forwarded-For", False, _TEXT, "Passed on as it is."),
    ("traceparent", False, _TEXT, "W3C trace context; passed on under a span of the hub's own."),
    ("tracestate", False, _TEXT, "W3C trace context; passed on as it is."),
)
_ADDRESSED: Final = "Addressed"


def parameters() -> dict[str, Any]:
    """The headers by the names their references use."""
    found = {
        name: {"name": name, "in": "header", "required": required, "schema": schema, "description": text}
        for name, required, schema, text in _ROWS
    }
    needed = {
        **found["FSPIOP-Destination"],
        "required": True,
        "schema": _FSP,
        "description": "The participant it is for.",
    }
    return found | {_ADDRESSED: needed}


def references(*, addressed: bool) -> list[dict[str, str]]:
    """References to all headers of a call; `addressed`: its receiver must be named."""
    changed = {"FSPIOP-Destination": _ADDRESSED} if addressed else {}
    return [{"$ref": REF + changed.get(name, name)} for name, *_ in _ROWS]


def negotiation(media: list[str], *, accept: bool, bodiless: bool) -> list[dict[str, Any]]:
    """Content-Type where no body names it, and Accept; OpenAPI tools that follow its text to the letter skip both."""
    types = {"type": "string", "enum": media}
    content = {"name": "Content-Type", "in": "header", "required": True, "schema": types}
    wanted = {
        "name": "Accept", "in": "header", "required": True,
        "schema": {"type": "string", "pattern": _accept(media)}, "example": media[-1],
        "description": "What the callback may come in: one or more media types, with or without versions.",
    }  # fmt: skip
    return ([content] if bodiless else []) + ([wanted] if accept else [])


def _accept(media: list[str]) -> str:
    """Any of the types, each with a whole version, its major number, or none."""
    versions: dict[str, list[str]] = {}
    for each in media:
        name, _, version = each.partition(_VERSION)
        versions.setdefault(name, []).append(version)
    types = "|".join(f"{re.escape(name)}(?:{_VERSION}(?:{_numbers(known)}))?" for name, known in versions.items())
    return f"^(?:{types})(?:,(?:{types}))*$"


def _numbers(versions: list[str]) -> str:
    majors = dict.fromkeys(version.partition(".")[0] for version in versions)
    return "|".join(re.escape(version) for version in (*majors, *versions))
