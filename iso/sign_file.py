"""Sign a file of any length without having it in memory: it is read for its digests, and once more to be sent.

Every byte stays as it is; what a signature needs is put between them. A Document without header gets one.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from xml.parsers import expat

from iso.algorithms import DS
from iso.canonical import Canonical, NoFormError
from iso.envelope import MESSAGE_PREFIX
from iso.keys import SigningKey
from iso.messages import head001
from iso.messages.fields import FinancialInstitution
from iso.messages.head001 import Endpoint, Head001
from iso.shaped import signature_of
from iso.shapes import TARGETS, Shape, Target
from iso.sign import SignError

_BITE: Final = 1 << 16
_APEX: Final = {Target.WHOLE: "", Target.HEADER: "AppHdr", Target.DOCUMENT: "Document"}
_DIRECTLY: Final = 2

Inserts = list[tuple[int, bytes]]
"""Where something is put into a file, and what, in order."""


class SignedFile:
    """A file with what is put into it: `pieces` are to be sent, `size` bytes in all."""

    def __init__(self, path: Path, inserts: Inserts) -> None:
        self._path = path
        self._inserts = inserts
        self.size = path.stat().st_size + sum(len(text) for _, text in inserts)

    def pieces(self) -> Iterator[bytes]:
        """The bytes in their order."""
        waiting, at = list(self._inserts), 0
        for bite in _read(self._path):
            done = 0
            while waiting and waiting[0][0] < at + len(bite):
                place, text = waiting.pop(0)
                yield bite[done : place - at] + text
                done = place - at
            yield bite[done:]
            at += len(bite)
        yield b"".join(text for _, text in waiting)


def sign_file(
    path: Path, key: SigningKey, shape: Shape, *, now: datetime, pss: bool = False, sender: str | None = None
) -> SignedFile:
    """The file with its signature; raises SignError.

    `sender`, a participant's name, and `now` make the header of a file that has none.
    """
    found = _Places()
    found.read(path)
    try:
        header = b"" if found.header >= 0 else _header(found, shape, sender, now)
        unsigned = SignedFile(path, _inserts(found, shape, header, b""))
        parts = {target: _digest(unsigned, _APEX[target]) for target in TARGETS[shape] if target in _APEX}
        made = signature_of(parts, key, shape, _name(found), pss=pss)
        return SignedFile(path, _inserts(found, shape, header, made))
    except (NoFormError, ValueError) as error:
        raise SignError(f"{path}: {error}") from None


class _Places:
    """Where in the bytes of a file its parts begin and end (-1: nowhere)."""

    def __init__(self) -> None:
        self.header = self.header_end = self.related = self.document = self.root_end = -1
        self.header_name = self.document_name = self.definition = self.message_id = ""
        self.header_depth, self.signed = 0, False
        self._path: list[str] = []
        self._parser = expat.ParserCreate("UTF-8")
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def read(self, path: Path) -> None:
        """Find them; raises SignError for what is no file of payments that can be signed."""
        try:
            for bite in _read(path):
                self._parser.Parse(bite, False)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            text = expat.errors.messages.get(error.code, "not well-formed")
            raise SignError(f"{path}: line {error.lineno}: {text}") from None
        if self.signed:
            raise SignError(f"{path}: the file is signed already: sign it as it was before, or send it without --key")
        if self.document < 0:
            raise SignError(f"{path}: there is no Document in it")

    def _start(self, name: str, attributes: list[str]) -> None:
        here, local = self._parser.CurrentByteIndex, name.rpartition(":")[2]
        self._path.append(local)
        self.signed = (
            self.signed or (local == "Signature" and DS in attributes) or self._path[-2:] == ["AppHdr", "Sgntr"]
        )
        if self.document >= 0:
            return
        if local == "AppHdr":
            self.header, self.header_name, self.header_depth = here, name, len(self._path)
        elif self._path[-2:] == ["AppHdr", "Rltd"] and self.related < 0:
            self.related = here
        elif local == "Document" and "AppHdr" not in self._path:
            self.document, self.document_name = here, name
            prefix = name.rpartition(":")[0]
            given = dict(zip(attributes[::2], attributes[1::2], strict=True))
            self.definition = given.get(f"xmlns:{prefix}" if prefix else "xmlns", "").removeprefix(MESSAGE_PREFIX)

    def _end(self, name: str) -> None:
        self._path.pop()
        here = self._parser.CurrentByteIndex
        if name == self.header_name and self.document < 0:
            self.header_end = here
        if not self._path:
            self.root_end = here

    def _text(self, text: str) -> None:
        if self._path[-2:] == ["GrpHdr", "MsgId"]:
            self.message_id += text


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while bite := source.read(_BITE):
            yield bite


def _name(found: _Places) -> str:
    return f"_{hashlib.sha256(found.message_id.encode()).hexdigest()[:24]}"


def _header(found: _Places, shape: Shape, sender: str | None, now: datetime) -> bytes:
    """An AppHdr for a Document without one, in canonical form, with what the shape needs in it."""
    if sender is None:
        raise ValueError("the file has no AppHdr: say who sends it with --from")
    header = Head001(
        sender=Endpoint(institution=FinancialInstitution(other_id=sender)),
        receiver=Endpoint(institution=FinancialInstitution()),
        business_message_id=found.message_id.strip(),
        message_definition=found.definition,
        created=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    )
    return head001.write(header, place_for_signature=not shape.detached).body


def _inserts(found: _Places, shape: Shape, header: bytes, signature: bytes) -> Inserts:
    """What is put into the file, and where; `signature` is empty while digests are taken."""
    name = _name(found)
    own = f' Id="{name}h"'.encode() if shape is Shape.PARTS else b""
    inserts: Inserts = []
    if header:
        text = header.replace(b">", own + b">", 1)
        if not shape.detached:
            text = text.replace(b"<Sgntr></Sgntr>", b"<Sgntr>%b</Sgntr>" % signature, 1)
        inserts.append((found.document, b"<BizMsg>" + text))
        end = signature if shape.detached else b""
        last: list[tuple[int, bytes]] = [(_END, end + b"</BizMsg>")]
    else:
        if shape.detached and found.header_depth != _DIRECTLY:
            raise ValueError("the envelope has no place for a signature beside header and document")
        if own:
            inserts.append((found.header + len(f"<{found.header_name}".encode()), own))
        if not shape.detached:
            prefix = found.header_name.rpartition(":")
            tag = (prefix[0] + prefix[1] + "Sgntr").encode()
            place = found.related if found.related >= 0 else found.header_end
            inserts.append((place, b"<%b>%b</%b>" % (tag, signature, tag)))
        last = [(found.root_end, signature)] if shape.detached else []
    if own:
        place = found.document + len(f"<{found.document_name}".encode())
        inserts.append((place, f' Id="{name}d"'.encode()))
    return inserts + last


_END: Final = 1 << 62


def _digest(unsigned: SignedFile, apex: str) -> bytes:
    canonical, digest = Canonical(apex), hashlib.sha256()
    for piece in unsigned.pieces():
        digest.update(canonical.feed(piece))
    digest.update(canonical.feed(b"", last=True))
    return digest.digest()
