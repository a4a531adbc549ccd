"""Signatures of the same make: one bank writes all of its own alike, and only digest and value are new each time.

Once a Signature was found to be of the profile, another with the same bytes around digest and value is of it too.
"""

import binascii
from typing import Final

from msgspec import Struct

from iso.signature import Seal

_VALUE: Final = b"SignatureValue>"
_KEPT: Final = 256
_LONGEST: Final = 8_192


class Mould(Struct, frozen=True):
    """A Signature without digest and value: the bytes before, between and behind them, and what else it says.

    `info` is the canonical text of its SignedInfo before and behind the digest.
    """

    head: bytes
    middle: bytes
    tail: bytes
    info: tuple[bytes, bytes]
    digest_size: int
    like: Seal

    def seal(self, text: bytes, start: int, end: int) -> Seal | None:
        """The parts of a Signature whose value is between two places; None if it is not of this make."""
        begin, close = len(self.head), start - len(self.middle)
        if close - begin != self.digest_size or not (
            text.startswith(self.head) and text.startswith(self.middle, close)
        ):
            return None
        digest, like = text[begin:close], self.like
        try:
            return Seal(
                self.info[0] + digest + self.info[1],
                like.method,
                like.digest_method,
                _strict(digest),
                _strict(text[start:end]),
                like.certificate,
            )
        except binascii.Error:
            return None


class Moulds:
    """The makes that came so far, by what is behind the value: the certificate most of all."""

    def __init__(self) -> None:
        self._known: dict[bytes, Mould] = {}

    def seal(self, text: bytes) -> Seal | None:
        """The parts of a Signature, if one of its make came before."""
        start = text.find(_VALUE) + len(_VALUE)
        end = text.find(b"<", start)
        mould = self._known.get(text[end:])
        return None if mould is None else mould.seal(text, start, end)

    def learn(self, text: bytes, made: Seal) -> None:
        """Keep the make of a Signature that has these parts, and was proved to be good."""
        if len(text) > _LONGEST:
            return
        digest, value = (binascii.b2a_base64(each, newline=False) for each in (made.digest, made.value))
        # nothing but tags and the names of algorithms is before the digest, and nothing but tags before the value
        head, digest_found, rest = text.partition(digest)
        middle, value_found, tail = rest.partition(value)
        before, told, behind = made.info.partition(digest)
        if digest_found and value_found and told and middle.endswith(_VALUE):
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[tail] = Mould(head, middle, tail, (before, behind), len(digest), made)


def _strict(text: bytes) -> bytes:
    return binascii.a2b_base64(text, strict_mode=True)
