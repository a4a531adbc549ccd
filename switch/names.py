"""Whether two names may be one person's or company's. Pure; the rules are on the page on verification.

A name is a set of words, without regard to case, accents, order, titles and punctuation; usual forms of companies
are one word. It fits when all words are the same; it is close when words are left out or shortened to initials, or when
a few letters differ.
"""

import re
import unicodedata
from collections import Counter
from enum import StrEnum
from functools import lru_cache
from typing import Final


class Match(StrEnum):
    """How two names fit."""

    FITS = "fits"
    CLOSE = "close"
    DIFFERS = "differs"


_LETTERS: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "\u0131": "i", "ŋ": "ng"}
)
_SPELLED: Final = (("ae", "a"), ("oe", "o"), ("ue", "u"))
"""How umlauts are spelled where there are none."""
_APOSTROPHES: Final = re.compile("['\u2019`\u00b4\u02bc.]")
_GAPS: Final = re.compile(r"[\W_]+")
_TITLES: Final = frozenset(
    {
        "dr", "eng", "frau", "herr", "hon", "madame", "miss", "mlle", "mme", "monsieur", "mr", "mrs", "ms", "mx",
        "prof", "rev", "sir",
    }
)  # fmt: skip
_FORMS: Final = {
    "limited": "ltd",
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "aktiengesellschaft": "ag",
    "and": "",
    "und": "",
    "et": "",
    "y": "",
}
_LETTERS_PER_SLIP: Final = 6
"""One letter may differ for every so many of a name."""
_SLIPS_MAX: Final = 2
_NAME_MAX: Final = 140


def compare(asked: str, known: str) -> Match:
    """How a name that somebody gives fits the one the account's holder has."""
    left, right = words(asked), words(known)
    if not left or not right:
        return Match.DIFFERS
    if Counter(left) == Counter(right) or "".join(left) == "".join(right) or _spelled(left) == _spelled(right):
        return Match.FITS
    if _shortened(left, right) or _slipped(left, right):
        return Match.CLOSE
    return Match.DIFFERS


@lru_cache(maxsize=1024)
def words(name: str) -> tuple[str, ...]:
    """The words of a name that count, in order."""
    plain = unicodedata.normalize("NFKD", name[:_NAME_MAX].casefold())
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(_LETTERS)
    found = _GAPS.sub(" ", _APOSTROPHES.sub("", bare.replace("&", " "))).split()
    named = [_FORMS.get(word, word) for word in found if word not in _TITLES]
    # A name that is nothing but a title is kept as it is.
    return tuple(word for word in named if word) or tuple(found)


def _spelled(name: tuple[str, ...]) -> Counter[str]:
    found: list[str] = []
    for word in name:
        for two, one in _SPELLED:
            word = word.replace(two, one)
        found.append(word)
    return Counter(found)


def _shortened(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether the shorter name is the longer one with words left out or cut to initials; they share a whole word."""
    few, many = sorted((left, right), key=len)
    rest, shared, initials = list(many), 0, []
    for word in few:
        if word in rest:
            rest.remove(word)
            shared += len(word) > 1
        else:
            initials.append(word)
    for word in initials:
        found = next((one for one in rest if one[0] == word[0] and 1 in (len(one), len(word))), None)
        if found is None:
            return False
        rest.remove(found)
    return shared > 0 and (len(few) > 1 or len(many) > len(few))


def _slipped(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether few letters differ, in either order of the words."""
    for one, other in ((left, right), (tuple(sorted(left)), tuple(sorted(right)))):
        first, second = " ".join(one), " ".join(other)
        allowed = min(min(len(first), len(second)) // _LETTERS_PER_SLIP, _SLIPS_MAX)
        if allowed and abs(len(first) - len(second)) <= allowed and _distance(first, second) <= allowed:
            return True
    return False


def _distance(first: str, second: str) -> int:
    """Letters to insert, drop, replace or swap with their neighbour."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for at, sign in enumerate(first, 1):
        after = [at]
        for to, other in enumerate(second, 1):
            cost = min(row[to] + 1, after[to - 1] + 1, row[to - 1] + (sign != other))
            if at > 1 and to > 1 and sign == second[to - 2] and first[at - 2] == other:
                cost = min(cost, before[to - 2] + 1)
            after.append(cost)
        before, row = row, after
    return row[-1]
