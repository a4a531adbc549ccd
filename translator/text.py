"""Texts of one dialect as another can hold them: characters XML cannot carry, character sets of banks, lengths.

Every change is returned as a `Loss`. Sources: XML 1.0 section 2.2 (Char), the Latin set of bank profiles (SWIFT X).
"""

import re
import unicodedata
from typing import Final

from translator.losses import CUT, Loss

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOT_LATIN: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ \r\n]")
# Letters that decomposition leaves alone.
_LETTERS: Final = str.maketrans(
    {
        "ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Đ": "D", "đ": "d", "Ł": "L",
        "ł": "l", "Þ": "TH", "þ": "th", "Ð": "D", "ð": "d", "\u0131": "i", "&": "+", "_": "-",
        "\u2019": "'", "\u2013": "-",
    }
)  # fmt: skip


def xml_text(text: str, path: str, losses: list[Loss]) -> str:
    """The text without characters that no XML document can hold."""
    clean = _NOT_XML.sub("", text)
    if clean != text:
        losses.append(Loss(path, text, "XML has no such characters"))
    return clean


def latin(text: str, path: str, losses: list[Loss]) -> str:
    """The text in the Latin set of bank profiles: accents dropped, other characters as `.`."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    plain = _NOT_LATIN.sub(".", plain)
    if plain != text:
        losses.append(Loss(path, text, "written in the Latin character set"))
    return plain


def cut(text: str, limit: int, path: str, losses: list[Loss]) -> str:
    """At most `limit` characters of the text."""
    if len(text) <= limit:
        return text
    losses.append(Loss(path, text, CUT))
    return text[:limit]


def iso_text(text: str | None, limit: int, path: str, losses: list[Loss], charset: str = "pass") -> str | None:
    """The text for an ISO element of that length, None if nothing is left of it."""
    if not text:
        return None
    fit = xml_text(text, path, losses)
    if charset == "transliterate":
        fit = latin(fit, path, losses)
    fit = cut(fit, limit, path, losses)
    return fit if fit.strip() else None


def fspiop_text(text: str | None, limit: int, path: str, losses: list[Loss]) -> str | None:
    """The text for an FSPIOP element of that length, None if nothing is left of it."""
    if not text or not text.strip():
        return None
    return cut(text, limit, path, losses)


def lines(text: str, width: int) -> tuple[str, ...]:
    """The text in pieces of `width` characters, in order."""
    return tuple(text[start : start + width] for start in range(0, len(text), width)) or ("",)
