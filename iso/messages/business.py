"""A business message: header and document in one XML document, or a bare document.

Two envelopes are written: a neutral one whose children are AppHdr and Document, and the business message envelope
nvlp.001 with Hdr and Doc around them. A document that is sent on keeps its bytes (`document_bytes`).
"""

import re
from types import ModuleType
from typing import Final

from lxml import etree
from msgspec import Struct

from iso.messages import (
    admi002,
    debits,
    head001,
    pacs002,
    pacs004,
    pacs007,
    pacs008,
    pacs009,
    pacs010,
    pacs028,
    pacs029,
    reporting,
    services,
)
from iso.messages.admi002 import Admi002
from iso.messages.cases import CASES, CaseMessage
from iso.messages.customer import CUSTOMER, CustomerMessage
from iso.messages.debits import Debit
from iso.messages.head001 import Head001
from iso.messages.pacs002 import Pacs002
from iso.messages.pacs004 import Pacs004
from iso.messages.pacs007 import Pacs007
from iso.messages.pacs008 import Pacs008
from iso.messages.pacs009 import Pacs009
from iso.messages.pacs010 import Pacs010
from iso.messages.pacs028 import Pacs028
from iso.messages.pacs029 import Pacs029
from iso.messages.plain import is_plain
from iso.messages.reporting import Reporting
from iso.messages.services import ServiceMessage
from iso.messages.shape import NAMESPACE
from iso.messages.whole import FORMS, Forms, Whole
from iso.messages.writing import Written

ENVELOPE = "BizMsgEnvlp"
ENVELOPE_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:nvlp.001.001.01"


class Unknown(Struct, frozen=True):
    """A document of a message whose schema is not known."""

    definition: str


Document = (
    Pacs008 | CustomerMessage | Pacs002 | Pacs004 | Pacs007 | Pacs009 | Pacs010 | Pacs028 | Pacs029 | Debit | Admi002
    | CaseMessage | Reporting | ServiceMessage | Whole | Unknown
)


class BusinessMessage(Struct, frozen=True):
    """`header` is None for a bare document; `envelope` is the namespace of the element around both, None if none."""

    header: Head001 | None
    document: Document
    message_definition: str
    header_definition: str | None = None
    envelope: str | None = None


_MODULES: Final = (
    pacs008, *CUSTOMER, pacs002, pacs004, pacs007, pacs009, pacs010, pacs028, pacs029, debits, admi002, *CASES,
    *reporting.MODULES, *services.MODULES,
)  # fmt: skip
MESSAGES: Final[dict[str, ModuleType]] = {version: module for module in _MODULES for version in module.VERSIONS}
"""Message definition -> the module that reads and writes it."""
USUAL: Final = {module.DEFAULT_VERSION[:8]: module.DEFAULT_VERSION for module in (head001, *_MODULES)}
"""Message (`pacs.008`) -> the version written where nobody chose another."""


def read(
    header: etree._Element | None,
    document: etree._Element,
    read_header: Head001 | None = None,
    forms: Forms = FORMS,
) -> BusinessMessage:
    """The typed form of elements that passed the gate and their schemas.

    `read_header` the typed header if it was read before; `forms` for messages that have no module of their own.
    """
    definition = (etree.QName(document).namespace or "").removeprefix(NAMESPACE)
    module = MESSAGES.get(definition)
    typed: Document = forms.read(document) or Unknown(definition) if module is None else module.read(document)
    if header is None:
        return BusinessMessage(None, typed, definition)
    around = document.getroottree().getroot()
    if read_header is None:
        read_header = head001.read(header)
    return BusinessMessage(read_header, typed, definition, read_header.definition, etree.QName(around).namespace or "")


def write(message: Pacs008 | Pacs002 | Pacs004 | Pacs009 | Pacs028 | Admi002, version: str | None = None) -> Written:
    """The canonical Document of any typed message, in `version` or in the version the message names."""
    chosen = version or message.definition
    written: Written = MESSAGES[chosen].write(message, chosen)
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


_PAIR = 2


def cut_document(body: bytes) -> bytes | None:
    """The Document as its sender wrote it, found without parsing; None where only a tree can tell where it is whole.

    Only for bodies that passed the gate: no comment or CDATA section there can hold what looks like a tag.
    """
    span = _only_document(body)
    if span is None:
        return None
    start, end = span
    header, header_end = body.find(b"AppHdr", 0, start), body.rfind(b"AppHdr", 0, start)
    # A prefix declared around the Document might be used in it.
    declared = body.find(b"xmlns:", 0, start if header < 0 else header) >= 0
    if declared or (header >= 0 and body.find(b"xmlns:", header_end, start) >= 0):
        return None
    cut = body[start:end]
    return cut if _declares_itself(cut) else None


def plainly_canonical(document: bytes) -> bool:
    """Whether a Document that passed the gate surely is its own exclusive canonical form, also in another envelope."""
    return document.startswith(b'<Document xmlns="') and is_plain(document)


def document_bytes(body: bytes, document: etree._Element) -> bytes:
    """The Document as its sender wrote it, cut out of `body`.

    Where the cut would lose a namespace declared outside, or cannot be told for sure, its exclusive canonical form: the
    same element in other bytes.
    """
    span = _only_document(body)
    if span is not None and _self_contained(cut := body[slice(*span)], document):
        return cut
    canonical: bytes = etree.tostring(document, method="c14n", exclusive=True, with_tail=False)
    return canonical


def _only_document(body: bytes) -> tuple[int, int] | None:
    """Where the one Document begins and ends; None if there is more than one, or what only looks like one."""
    if body.count(b"Document") == _PAIR:
        start, end = body.find(b"<Document"), body.rfind(b"</Document>")
        if 0 <= start < end and body.startswith((b"<Document ", b"<Document>"), start):
            return None if b"[" in body and b"<![CDATA[" in body else (start, end + len(b"</Document>"))
    starts, ends = list(_START.finditer(body)), list(_END.finditer(body))
    if len(starts) == len(ends) == 1 and b"<![CDATA[" not in body:
        return starts[0].start(), ends[0].end()
    return None


def _declares_itself(cut: bytes) -> bool:
    if cut.startswith(b'<Document xmlns="'):
        return True
    start = cut[: cut.index(b">")]
    return start.startswith(b"<Document") and re.search(rb"\sxmlns\s*=", start) is not None


def _self_contained(cut: bytes, document: etree._Element) -> bool:
    if not _declares_itself(cut):
        return False
    parent = document.getparent()
    outside = [] if parent is None else [str(prefix) for prefix in parent.nsmap if prefix]
    return not any(prefix.encode() + b":" in cut for prefix in outside)
