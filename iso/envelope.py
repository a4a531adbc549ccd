"""The shapes in which a business message may come, and the header and document found in them.

(a) any root whose only children are AppHdr and Document, and perhaps a ds:Signature beside them; (b) the business
message envelope nvlp.001 with Hdr and Doc around them; (c) a Document alone; (d) an AppHdr alone; (e) the wrappers of
`WRAPPERS`, whose Body holds (a) or (c) or is itself (a), and of `LAYERED`. Source: Business Application Header,
Business File Header and Business Message Envelope of ISO 20022, SOAP 1.1 and 1.2, data PDU of messaging interfaces.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from lxml import etree

MESSAGE_PREFIX = "urn:iso:std:iso:20022:tech:xsd:"
_ENVELOPE_NAMESPACE = MESSAGE_PREFIX + "nvlp.001."
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_BODY = "Body"
_PAIR = ("AppHdr", "Document")
_SOAP = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope")
_DEFINITION = re.compile(r"[a-z]{4}\.\d{3}\.\d{3}\.\d{2}\Z", re.ASCII)


class Parts(msgspec.Struct, frozen=True):
    """What an envelope holds; a definition is the last part of the element's namespace ("" if it has no such form)."""

    header_el: etree._Element | None = None
    document_el: etree._Element | None = None
    header_def: str = ""
    message_def: str = ""
    signature_el: etree._Element | None = None


class Wrapper(msgspec.Struct, frozen=True):
    """A root around a Body: its local name, namespaces (none: any), the blocks that may stand beside it, its name.

    What a block says is nothing to the hub, and no part of a message may be in it.
    """

    root: str
    blocks: tuple[str, ...]
    namespaces: tuple[str, ...] = ()
    body: str = _BODY


WRAPPERS = (
    Wrapper("Envelope", ("Header",), _SOAP),
    Wrapper("DataPDU", ("Revision", "Header", "LAU")),
    Wrapper("Xchg", ("PyldDesc",), (MESSAGE_PREFIX + "head.002.001.01",), "Pyld"),
)
"""Wrappers that are known by name; any other root with nothing but a Body is one too."""
LAYERED = ("FedNow", "FedwireFunds")
"""Services whose wrappers lie in each other: all names begin so, and one in each layer holds the message."""
_LAYERS = 2


class ShapeError(Exception):
    """The root is none of the shapes; `element` is where it departs from them."""

    def __init__(self, element: etree._Element, text: str) -> None:
        super().__init__(text)
        self.element = element
        self.text = text


def open_envelope(root: etree._Element) -> Parts:
    """Header and document of a message; ShapeError if the root is none of the shapes."""
    return _usual(root) or _any(root)


def _usual(root: etree._Element) -> Parts | None:
    """The parts of a root that holds AppHdr and Document and nothing else, as almost every message is sent."""
    if len(root) != len(_PAIR):
        return None
    parts: list[Any] = list(root)
    header, document = parts
    if not (isinstance(header.tag, str) and isinstance(document.tag, str)):  # a comment has a function for a tag
        return None
    definitions = _pair(str(root.tag), header.tag, document.tag)
    if definitions is None or root.text or header.tail or document.tail:
        return None
    return Parts(header, document, *definitions)


@lru_cache(maxsize=256)
def _pair(around: str, first: str, second: str) -> tuple[str, str] | None:
    """The definitions of header and document by the tags of the root and its two children; None for another shape."""
    (space, name), (of_header, header), (of_document, document) = _parted(around), _parted(first), _parted(second)
    if (header, document) != _PAIR or name in _PAIR or space.startswith(_ENVELOPE_NAMESPACE):
        return None
    return _named(of_header), _named(of_document)


def _any(root: etree._Element) -> Parts:
    root = _unwrapped(root)
    namespace, name = split(root)
    signature: etree._Element | None = None
    if name == "Document":
        return Parts(document_el=root, message_def=definition(root))
    if name == "AppHdr":
        return Parts(header_el=root, header_def=definition(root))
    if namespace.startswith(_ENVELOPE_NAMESPACE):
        holder, doc = _only(root, ("Hdr", "Doc"))
        (header,) = _only(holder, ("AppHdr",))
        (document,) = _only(doc, ("Document",))
        if (split(holder)[0], split(doc)[0]) != (namespace, namespace):
            raise ShapeError(holder, "Hdr and Doc must be of the namespace of the envelope")
    else:
        found = list(root.iterchildren(_SIGNATURE))
        if len(found) > 1:
            raise ShapeError(found[1], f"{name} must hold one signature at most")
        signature = found[0] if found else None
        header, document = _only(root, ("AppHdr", "Document"), besides=signature)
    return Parts(header, document, definition(header), definition(document), signature)


def _unwrapped(root: etree._Element) -> etree._Element:
    """The element in which header and document are looked for: the root, or what the Body of a wrapper holds."""
    namespace, name = split(root)
    if name in {"AppHdr", "Document"}:
        return root
    service = next((one for one in LAYERED if name.startswith(one)), None)
    if service is not None:
        return _innermost(root, service)
    known = (one for one in WRAPPERS if one.root == name and (not one.namespaces or namespace in one.namespaces))
    wrapper = next(known, None)
    if wrapper is None:
        if [split(child)[1] for child in root.iterchildren("*")] != [_BODY]:
            return root
        wrapper = Wrapper(name, ())
    body = _body(root, wrapper)
    if body is None:
        return root
    inner = list(body)
    return inner[0] if len(inner) == 1 and not _text_of(body) else body


def _body(root: etree._Element, wrapper: Wrapper) -> etree._Element | None:
    """The one Body of a wrapper; None if it holds its parts without one, as any root may."""
    bodies = [child for child in root if split(child)[1] == wrapper.body]
    if not bodies and any(split(child)[1] == "AppHdr" for child in root):
        return None
    blocks = [child for child in root if child not in bodies]
    odd = next((block for block in blocks if split(block)[1] not in wrapper.blocks), None)
    if len(bodies) != 1 or odd is not None or _text_of(root):
        allowed = " and perhaps ".join((wrapper.body, *wrapper.blocks))
        raise ShapeError(root if odd is None else odd, f"{wrapper.root} must hold one {allowed}")
    for block in blocks:
        _hold_nothing(block)
    return bodies[0]


def _innermost(root: etree._Element, service: str) -> etree._Element:
    """What holds header and document in the layers of a service's wrapper."""
    inner = root
    for _ in range(_LAYERS):
        if any(split(child)[1] in {"AppHdr", "Document"} for child in inner):
            break
        below = [child for child in inner if split(child)[1].startswith(service) and find_parts(child)]
        if len(below) != 1 or _text_of(inner):
            raise ShapeError(inner, f"{split(inner)[1]} must hold one element with AppHdr and Document")
        for block in inner:
            if block is not below[0]:
                _hold_nothing(block)
        inner = below[0]
    return inner


def _hold_nothing(block: etree._Element) -> None:
    """Refuse a block that holds a part of a message, or a signature."""
    if find_parts(block) or next(block.iter(_SIGNATURE), None) is not None:
        raise ShapeError(block, f"{split(block)[1]} must hold no part of a message")


def _text_of(parent: etree._Element) -> bool:
    """Whether there is text between the children."""
    return any(text and not text.isspace() for text in (parent.text, *(child.tail for child in parent)))


def find_parts(root: etree._Element) -> list[etree._Element]:
    """Every outermost AppHdr and Document anywhere below (or at) the root, in document order."""
    if split(root)[1] in {"AppHdr", "Document"}:
        return [root]
    return [part for child in root.iterchildren("*") for part in find_parts(child)]


def definition(element: etree._Element) -> str:
    """The message definition a namespace names, such as "pacs.008.001.08"; "" if it names none."""
    return _named(split(element)[0])


def _named(namespace: str) -> str:
    last = namespace.rpartition(":")[2]
    return last if _DEFINITION.match(last) else ""


def split(element: etree._Element) -> tuple[str, str]:
    """Namespace ("" for none) and local name."""
    return _parted(str(element.tag))


def _parted(tag: str) -> tuple[str, str]:
    namespace, _, name = tag.rpartition("}")
    return namespace[1:], name


def _only(parent: etree._Element, names: Sequence[str], besides: etree._Element | None = None) -> list[etree._Element]:
    """The children of `parent`, which must have exactly these local names in this order, and no text between them."""
    everything = list(parent)
    children = [child for child in everything if child is not besides]
    if [split(child)[1] for child in children] != list(names):
        odd = next((child for child in children if split(child)[1] not in names), parent)
        raise ShapeError(odd, f"{split(parent)[1]} must hold exactly {' and '.join(names)}")
    if _text_of(parent):
        raise ShapeError(parent, f"{split(parent)[1]} must hold no text of its own")
    return children
