"""A pain.001 of any length, read bit by bit: the gate's rules, the schema part by part, true lines of what is wrong.

Bytes are counted by the same counter as those of any message, and parsed by the same kind of parser; each transaction
that is complete is copied out of the growing tree, which is then emptied. A part is a Document of its own: GrpHdr, and
the PmtInf with some of their transactions. It is checked by the schema of the whole message and only then read.
"""

import codecs
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final, cast
from xml.parsers import expat

import msgspec
from lxml import etree

from iso import gate
from iso.copies import copied, envelope_of, malformed, same
from iso.envelope import definition
from iso.file_rules import PartJudge, Weighed
from iso.file_seal import FileSeal
from iso.limits import Code, Counter, Over, counting
from iso.marks import Marks
from iso.messages import head001, pain001
from iso.messages.head001 import Head001
from iso.messages.pain001 import CreditTransfer, GroupHeader, PaymentInstruction
from iso.shapes import without_ids
from schemas.catalogue import Catalogue
from schemas.errors import Finding

_BEGINNING: Final = 4096
_LONGEST: Final = 64 << 20
_NAMES: Final = ("AppHdr", "GrpHdr", "CdtTrfTxInf", "PmtInf")
_MESSAGE: Final = "CstmrCdtTrfInitn"
_PARENTS: Final[dict[str, list[str]]] = {
    "AppHdr": [],
    "GrpHdr": [_MESSAGE],
    "PmtInf": [_MESSAGE],
    "CdtTrfTxInf": [_MESSAGE, "PmtInf"],
}


class Opened(msgspec.Struct, frozen=True):
    """A PmtInf begins; it has no transactions yet."""

    instruction: PaymentInstruction


class Closed(msgspec.Struct, frozen=True):
    """A PmtInf has ended."""


SealOf = Callable[[Head001 | None, etree._Element | None], FileSeal | None]  # noqa: SLF001
"""Asked once the header (with its element) is there, or there is none: how the signature of the file is checked."""

Step = Opened | CreditTransfer | Closed
"""What a part says, in the order of the message."""


class Part(msgspec.Struct, frozen=True):
    """Some transactions, checked by the schema, with the bytes that came since the part before.

    `weighed` is what rules say of them.
    """

    steps: tuple[Step, ...]
    raw: bytes
    weighed: Weighed = Weighed()


class _Watch(Counter):
    """The gate's counter, which also remembers where the pieces of the message begin."""

    def __init__(self, limits: gate.Limits) -> None:
        super().__init__(limits)
        self.marks = Marks()
        self.parser: expat.XMLParserType | None = None

    def start(self, name: str, attributes: list[str]) -> None:
        """An element begins."""
        super().start(name, attributes)
        local = name.rpartition(":")[2]
        if local in _PARENTS and self.parser is not None and self._stands(local):
            self.marks.add(local, self.parser.CurrentLineNumber, self.parser.CurrentByteIndex)

    def _stands(self, local: str) -> bool:
        """Whether the element has the parents that it has in the message's own structure."""
        above = [name.rpartition(":")[2] for name in self.path[-len(_PARENTS[local]) - 1 : -1]]
        return above == _PARENTS[local]


class Stream:
    """Reads one file. `feed` gives the parts that are complete, `close` the last one; Refused for what is wrong.

    `header` and `group` are there as soon as their elements were read; `definition` names the version. Who is asked for
    the seal may set `judge`, by whose rules the parts are then weighed.
    """

    def __init__(
        self, catalogue: Catalogue, size: int = 500, limits: gate.Limits = gate.BULK, seal_of: SealOf | None = None
    ) -> None:
        """`size` is how many transactions a part has. Without `seal_of` nobody looks at a signature."""
        self.header: Head001 | None = None
        self.group: GroupHeader | None = None
        self.definition = ""
        self.judge: PartJudge | None = None
        self._catalogue = catalogue
        self._size = size
        self._watch = _Watch(limits)
        self._counting = counting(self._watch)
        self._watch.parser = self._counting
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._parser = gate.pull_parser(*_NAMES)
        self._held = b""
        self._begun = False
        self._raw = bytearray()
        self._seal_of = seal_of
        self._seal: FileSeal | None = None
        self._unsealed = bytearray()
        self._header_el: etree._Element | None = None
        self._message: etree._Element | None = None
        self._document: etree._Element | None = None
        self._batch: etree._Element | None = None
        self._attached = False
        self._extra = False
        self._sample: etree._Element | None = None
        self._steps: list[tuple[str, etree._Element | None]] = []
        self._transactions = 0

    def feed(self, data: bytes) -> list[Part]:
        """Take more bytes."""
        self._raw += data
        if len(self._raw) > _LONGEST:
            line, text = self._counting.CurrentLineNumber, f"more than {_LONGEST} bytes without so many transactions"
            raise gate.Refused(Finding(line, "/", Code.TOO_LARGE.value, text))
        if not self._begun:
            self._held += data
            if len(self._held) < _BEGINNING:
                return []
            data = self._begin()
        return self._take(data)

    def close(self) -> list[Part]:
        """There is no more: the parts that are left, the last one perhaps without transactions."""
        parts = [] if self._begun else self._take(self._begin())
        self._count(b"", last=True)
        try:
            root = self._parser.close()
        except etree.XMLSyntaxError as error:
            raise malformed(error) from None
        parts += self._events()
        envelope = envelope_of(root)
        if self._seal is not None:
            self._seal.feed(b"", last=True)
            self._seal.end(root, envelope)
        if self._message is None or self._document is None:
            raise gate.Refused(Finding(1, "/", Code.SHAPE.value, "there is no GrpHdr of a pain.001"))
        self._rest(self._message, self._document[0])
        return [*parts, self._cut()]

    def partly(self) -> list[Part]:
        """The transactions that are complete in a file that broke off."""
        parts = [] if self._begun or not self._held else self._take(self._begin())
        return [*parts, self._cut()] if self._transactions else parts

    def _begin(self) -> bytes:
        """Check what the file says of itself in its beginning."""
        self._begun = True
        whole, self._held = self._held, b""
        end = whole.rfind(b">") + 1
        # A character may be cut in two behind it.
        text = gate.begins_well(whole[:end])
        self._watch.marks.shift(end - len(text))
        return text + whole[end:]

    def _take(self, data: bytes) -> list[Part]:
        self._count(data, last=False)
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError as error:
            raise malformed(error) from None
        parts = self._events()
        if self._seal is not None:
            self._seal.feed(data)
        elif self._seal_of is not None:
            self._unsealed += data
        return parts

    def _begin_seal(self, root: etree._Element) -> None:
        """Everything before the first payment was read: now it is known whose signature must be there."""
        if self._seal_of is None:
            return
        self._seal, self._seal_of = self._seal_of(self.header, self._header_el), None
        if self._seal is not None:
            self._seal.begin(root, envelope_of(root))
            self._seal.feed(bytes(self._unsealed))
        self._unsealed.clear()

    def _count(self, data: bytes, *, last: bool) -> None:
        try:
            self._utf8.decode(data, last)
            self._counting.Parse(data, last)
        except UnicodeDecodeError:
            line = self._counting.CurrentLineNumber
            raise gate.Refused(Finding(line, "/", Code.ENCODING.value, "the file is not UTF-8")) from None
        except Over as over:
            path = "/" + "/".join(name.rpartition(":")[2] for name in self._watch.path)
            found = Finding(self._counting.CurrentLineNumber, path, over.code.value, str(over))
            raise gate.Refused(found) from None
        except expat.ExpatError as error:
            text = expat.errors.messages.get(error.code, "not well-formed")
            raise gate.Refused(Finding(error.lineno, "/", Code.MALFORMED.value, text)) from None

    def _events(self) -> list[Part]:
        parts: list[Part] = []
        for _, found in self._parser.read_events():
            element: etree._Element = cast("Any", found)
            parent = element.getparent()
            name = etree.QName(element).localname
            if name == "AppHdr" and self._document is None:
                self._read_header(element)
            elif name == "GrpHdr" and self.group is None and parent is not None:
                self._read_group(element, parent)
            elif name == "CdtTrfTxInf" and parent is not None and parent.getparent() is self._message:
                self._add(element, parent)
                if self._transactions == self._size:
                    parts.append(self._cut())
            elif name == "PmtInf" and parent is not None and parent is self._message:
                self._end(element)
        return parts

    def _read_header(self, element: etree._Element) -> None:
        found = gate.check_element(without_ids(deepcopy(element)), definition(element), self._catalogue)
        if found:
            raise gate.Refused(*self._located(found))
        self.header, self._header_el = head001.read(element), element

    def _read_group(self, element: etree._Element, message: etree._Element) -> None:
        """The message begins: from here on its version is known."""
        self.definition = definition(message)
        if self.definition not in pain001.VERSIONS:
            name = self.definition or "no message of ISO 20022"
            raise gate.Refused(Finding(1, "/", Code.UNSUPPORTED.value, f"{name} is not taken as a file, pain.001 is"))
        around = message.getparent()
        if around is None or etree.QName(around).localname != "Document":
            raise gate.Refused(Finding(1, "/", Code.SHAPE.value, "the message must be in a Document"))
        self._message = message
        self._renew(around, message, element)
        findings = [one for one in self._findings() if "/GrpHdr" in one.path]
        if findings:
            raise gate.Refused(*self._located(findings))
        if self._header_el is not None and (wrong := gate.check_definition(self._header_el, self.definition)):
            raise gate.Refused(*wrong)
        self.group = pain001.read_header(element, self.definition)
        self._begin_seal(element.getroottree().getroot())

    def _renew(self, around: etree._Element, message: etree._Element, header: etree._Element) -> None:
        """A new part: a Document with the GrpHdr, to which the beginning of an open PmtInf comes with a transaction."""
        document = without_ids(same(around))
        inner = same(message)
        document.append(inner)
        inner.append(copied(header))
        self._document, self._transactions, self._steps = document, 0, []
        self._attached = self._extra = False

    def _add(self, element: etree._Element, parent: etree._Element) -> None:
        """One more transaction is complete: copy it, and empty its place in the growing tree."""
        if self._document is None:
            raise gate.Refused(Finding(1, "/", Code.SHAPE.value, "GrpHdr must come before the first PmtInf"))
        if self._batch is None:
            self._watch.marks.begin_batch()
            self._batch = self._head(parent)
            self._steps.append(("open", copied(self._batch)))
        batch, transfer = self._attach(self._document, self._batch), copied(element)
        batch.append(transfer)
        self._steps.append(("add", transfer))
        self._watch.marks.show_transfer()
        self._transactions += 1
        self._empty(element)

    def _attach(self, document: etree._Element, batch: etree._Element) -> etree._Element:
        """The open PmtInf in this part."""
        if not self._attached:
            document[0].append(batch)
            self._watch.marks.show_batch()
            self._attached = True
        return batch

    def _head(self, parent: etree._Element) -> etree._Element:
        """A PmtInf up to its first transaction."""
        head = same(parent)
        for child in parent:
            if etree.QName(child).localname == "CdtTrfTxInf":
                break
            head.append(copied(child))
        return head

    @staticmethod
    def _empty(element: etree._Element) -> None:
        """Its own text stays where the parser may go on writing; what lies before it is done with."""
        element.clear(keep_tail=True)  # type: ignore[call-arg]
        parent, before = element.getparent(), element.getprevious()
        while parent is not None and before is not None and before.tag == element.tag:
            parent.remove(before)
            before = element.getprevious()

    def _end(self, element: etree._Element) -> None:
        """A PmtInf has ended; whatever is in it besides is left to the schema."""
        if self._document is None:
            raise gate.Refused(Finding(1, "/", Code.SHAPE.value, "GrpHdr must come before the first PmtInf"))
        if self._batch is None:
            # Without a transaction: the schema will say so.
            self._watch.marks.begin_batch()
            self._attach(self._document, copied(element))
            self._extra = True
        else:
            behind = False
            for child in element:
                if behind:
                    self._attach(self._document, self._batch).append(copied(child))
                    self._extra = True
                behind = behind or etree.QName(child).localname == "CdtTrfTxInf"
            self._steps.append(("close", None))
        self._batch, self._attached = None, False
        self._empty(element)

    def _rest(self, message: etree._Element, inner: etree._Element) -> None:
        """What the message has besides GrpHdr and PmtInf, in its place."""
        known = False
        for child in message:
            name = etree.QName(child).localname
            if name == "GrpHdr" and not known:
                known = True
            elif name != "PmtInf":
                inner.append(copied(child))
                self._extra = True

    def _cut(self) -> Part:
        """Check the part and read it; the next one begins."""
        document, message = self._document, self._message
        if document is None or message is None:
            raise ValueError("no part has begun")
        findings = self._findings()
        if findings:
            raise gate.Refused(*self._located(findings))
        if self._transactions:
            self._sample = self._sampled(document)
        weighed = self._weighed(document)
        steps = tuple(self._read(kind, element) for kind, element in self._steps)
        # What belongs to a later transaction stays until that one was looked at.
        raw = bytes(self._raw[: self._watch.marks.unread()])
        del self._raw[: len(raw)]
        if self._batch is not None:
            # The PmtInf goes on in the next part with its beginning only.
            self._batch = self._head(self._batch)
        self._renew(document, document[0], document[0][0])
        self._watch.marks.cut(len(raw))
        return Part(steps, raw, weighed)

    def _weighed(self, document: etree._Element) -> Weighed:
        """What the rules in force say of the part."""
        if self.judge is None or not self._transactions:
            return Weighed()
        return self.judge.weigh(document, lambda one: self._located([one])[0])

    def _sampled(self, document: etree._Element) -> etree._Element:
        """A PmtInf that keeps the schema, with its last transaction alone."""
        last = next(one for one in reversed(document[0]) if etree.QName(one).localname == "PmtInf")
        sample = self._head(last)
        sample.extend(copied(one) for one in last if etree.QName(one).localname == "CdtTrfTxInf")
        del sample[len(self._head(last)) : -1]
        return sample

    def _findings(self) -> list[Finding]:
        """What the schema does not allow in the part; one without transactions may hold the end of the message."""
        document = self._document
        if document is None or not (self._transactions or self._extra or self._sample is None):
            return []
        if not self._transactions and self._sample is not None:
            # At the end of a file whose transactions are all in earlier parts.
            document[0].insert(1, copied(self._sample))
        return self._catalogue.schema(self.definition).validate(document)

    def _located(self, findings: list[Finding]) -> list[Finding]:
        before = 1 if not self._transactions and self._sample is not None else 0
        return [self._watch.marks.located(one, bytes(self._raw), before) for one in findings]

    def _read(self, kind: str, element: etree._Element | None) -> Step:
        if element is None:
            return Closed()
        if kind == "open":
            return Opened(pain001.read_instruction(element, self.definition))
        return pain001.read_transfer(element, self.definition)
