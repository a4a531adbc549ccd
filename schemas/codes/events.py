"""Codes of system events: what a participant's code does, and by which codes the hub tells of its own (events.toml)."""

import re
import tomllib
from functools import cache
from typing import Any, Final

import msgspec

from schemas.canonical.system import Act
from schemas.codes.tables import table

_CODE: Final = re.compile(r"[A-Za-z0-9]{1,4}", re.ASCII)


class EventCodes(msgspec.Struct, frozen=True):
    """A scheme's codes: `acts` code -> what it does, `broadcasts` word -> code."""

    acts: dict[str, Act]
    broadcasts: dict[str, str]

    def act(self, code: str) -> Act | None:
        """What a participant's event does; None for a code the scheme does not know."""
        return self.acts.get(code)


@cache
def usual() -> EventCodes:
    """The codes of the table."""
    return event_codes(table("events"))


def read_codes(text: str) -> EventCodes:
    """The codes of a scheme's own file (TOML); ValueError says what is wrong in it."""
    return event_codes(tomllib.loads(text))


def event_codes(parsed: dict[str, Any]) -> EventCodes:
    """The codes of a parsed table; ValueError says what is wrong in it."""
    unknown = set(parsed) - {"acts", "broadcasts"}
    if unknown:
        raise ValueError(f"{min(unknown)}: no such table; there are acts and broadcasts")
    acts: dict[str, Act] = {}
    for word, codes in parsed.get("acts", {}).items():
        act = Act(word)
        for code in codes:
            if acts.setdefault(_checked(code), act) is not act:
                raise ValueError(f"{code}: stands for {acts[code]} and {act}")
    broadcasts = {word: _checked(code) for word, code in parsed.get("broadcasts", {}).items()}
    return EventCodes(acts, broadcasts)


def _checked(code: object) -> str:
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise ValueError(f"{code}: a code has one to four letters and digits")
    return code
