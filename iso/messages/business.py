"""A business message: header and document in one XML document, or a bare document.

Two envelopes are written: a neutral one whose children are AppHdr and Document, and the business message envelope
nvlp.001 with Hdr and Doc around them. A document that is sent on keeps its bytes (`document_bytes`).
"""

import re
from types import ModuleType

from lxml import etree
from msgspec import Struct

from iso.messages import admi002, head001, pacs002, pacs008
from iso.messages.admi002 import Admi002
from iso.messages.head001 import Head001
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs008 import Pacs008
from iso.messages.shape import NAMESPACE
from iso.messages.writing import Written

ENVELOPE = "BizMsgEnvlp"
ENVELOPE_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:nvlp.001.001.01"


class Unknown(Struct, frozen=True):
    """A document of a message that has no typed form here."""

    definition: str


Document = Pacs008 | Pacs002 | Admi002 | Unknown


class BusinessMessage(Struct, frozen=True):
    """`header` is None for a bare document; `envelope` is the namespace of the element around both, None if none."""

    header: Head001 | None
    document: Document
    message_definition: str
    header_definition: str | None = None
    envelope: str | None = None


_MESSAGES: dict[str, ModuleType] = {
    version: module for module in (pacs008, pacs002, admi002) for version in module.VERSIONS
}


def read(header: etree._Element | None, document: etree._Element) -> BusinessMessage:
    """The typed form of elements that passed the gate and their schemas."""
    definition = (etree.QName(document).namespace or "").removeprefix(NAMESPACE)
    module = _MESSAGES.get(definition)
    typed: Document = Unknown(definition) if module is None else module.read(document)
    if header is None:
        return BusinessMessage(None, typed, definition)
    around = document.getroottree().getroot()
    read_header = head001.read(header)
    return BusinessMessage(read_header, typed, definition, read_header.definition, etree.QName(around).namespace or "")


def write(message: Pacs008 | Pacs002 | Admi002, version: str | None = None) -> Written:
    """The canonical Document of any typed message, in `version` or in the version the message names."""
    chosen = version or message.definition
    written: Written = _MESSAGES[chosen].write(message, chosen)
    return written


def wrap(header: bytes, document: bytes, envelope_namespace: str = "") -> bytes:
    """One XML document of both; canonical if both are. nvlp.001 as namespace gives the Hdr and Doc form."""
    if not envelope_namespace:
        return b"<%b>%b%b</%b>" % (ENVELOPE.encode(), header, document, ENVELOPE.encode())
    name, namespace = ENVELOPE.encode(), envelope_namespace.encode()
    if envelope_namespace.startswith(NAMESPACE + "nvlp."):
        header, document = b"<Hdr>%b</Hdr>" % header, b"<Doc>%b</Doc>" % document
    return b'<%b xmlns="%b">%b%b</%b>' % (name, namespace, header, document, name)


_START = re.compile(rb"<(?:[^\s<>/:]+:)?Document(?=[\s>/])[^<>]*>")
_END = re.compile(rb"</(?:[^\s<>/:]+:)?Document\s*>")


def document_bytes(body: bytes, document: etree._Element) -> bytes:
    """The Document as its sender wrote it, cut out of `body`.

    Where the cut would lose a namespace declared outside, or cannot be told for sure, its exclusive canonical form: the
    same element in other bytes.
    """
    starts, ends = list(_START.finditer(body)), list(_END.finditer(body))
    if len(starts) == len(ends) == 1 and b"<![CDATA[" not in body:
        cut = body[starts[0].start() : ends[0].end()]
        if _self_contained(cut, starts[0][0], document):
            return cut
    canonical: bytes = etree.tostring(document, method="c14n", exclusive=True, with_tail=False)
    return canonical


def _self_contained(cut: bytes, start: bytes, document: etree._Element) -> bool:
    if not start.startswith(b"<Document") or not re.search(rb"\sxmlns\s*=", start):
        return False
    parent = document.getparent()
    outside = [] if parent is None else [str(prefix) for prefix in parent.nsmap if prefix]
    return not any(prefix.encode() + b":" in cut for prefix in outside)
