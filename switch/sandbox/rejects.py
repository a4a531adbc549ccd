"""Reading the admi.002 with which the hub answers what is visibly wrong: reason, line and path."""

import re
from typing import Final

from iso import gate
from iso.messages import business
from iso.messages.admi002 import Admi002
from switch.sandbox.outcome import End, Outcome

_PLACE: Final = re.compile(r"(?:line\s+)?(\d+)\s*[:,]?\s*(.*)", re.DOTALL)


def not_taken(key: str, status: int, body: bytes) -> Outcome:
    """The outcome of an HTTP answer other than 202 (status 0: the hub was not reached)."""
    if status == 0:
        return Outcome(key, End.UNANSWERED, "", "the hub was not reached")
    found = read_reject(body)
    if found is None:
        return Outcome(key, End.NOT_TAKEN, "", body.decode(errors="replace")[:200], status)
    line, path = place_of(found.location or "")
    return Outcome(key, End.NOT_TAKEN, found.reason, found.description or "", status, line=line, path=path)


def read_reject(body: bytes) -> Admi002 | None:
    """The admi.002 in an answer, or None if there is none."""
    try:
        parsed = gate.read(body)
    except gate.Refused:
        return None
    if parsed.document_el is None:
        return None
    document = business.read(parsed.header_el, parsed.document_el).document
    return document if isinstance(document, Admi002) else None


def place_of(location: str) -> tuple[int, str]:
    """Line and path in an ErrLctn (`line 7: /Document/...`); line 0 and the whole text if it names no line."""
    match = _PLACE.fullmatch(location)
    return (int(match[1]), match[2].strip()) if match else (0, location)
