"""Reading the admi.002 with which the hub answers what is visibly wrong: reason, line and path."""

import re
from typing import Final

from iso import gate
from iso.messages import business
from iso.messages.admi002 import Admi002
from switch.sandbox.outcome import End, Outcome

_LINE: Final = re.compile(r"line (\d+): (.*)", re.DOTALL)


def not_taken(key: str, status: int, body: bytes) -> Outcome:
    """The outcome of an HTTP answer other than 202 (status 0: the hub was not reached)."""
    if status == 0:
        return Outcome(key, End.UNANSWERED, "", "the hub was not reached")
    found = read_reject(body)
    if found is None:
        return Outcome(key, End.NOT_TAKEN, "", body.decode(errors="replace")[:200], status)
    described = _LINE.fullmatch(found.description or "")
    line, text = (int(described[1]), described[2]) if described else (0, found.description or "")
    return Outcome(key, End.NOT_TAKEN, found.reason, text, status, line=line, path=found.location or "")


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
