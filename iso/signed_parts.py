"""Parts of a signature read strictly: exact children and attributes, base64, canonical text, and the refusal."""

import base64
import binascii
from collections.abc import Container
from typing import Final, cast

from lxml import etree

from iso.algorithms import DS
from schemas.errors import Finding, path_of

CODE: Final = "SIGNATURE"


class SignatureRefusedError(Exception):
    """The signature is absent, of another shape, or wrong; `finding` says where and why."""

    def __init__(self, element: etree._Element, text: str) -> None:
        super().__init__(text)
        root = element.getroottree().getroot()
        self.finding = Finding(cast("int | None", element.sourceline) or 1, path_of(element, root), CODE, text)


def canonical_text(element: etree._Element) -> bytes:
    """The exclusive canonical form of an element; SignatureRefusedError if it has none."""
    try:
        text: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False, with_tail=False)
    except etree.C14NError as error:
        raise SignatureRefusedError(element, f"the message has no canonical form: {error}") from None
    return text


def ds(name: str) -> str:
    """A tag of XML Signature."""
    return f"{{{DS}}}{name}"


def exact(
    element: etree._Element, tags: tuple[str, ...], attributes: tuple[str, ...] = (), *, text: bool = False
) -> list[etree._Element]:
    """The children of `element`, which must be exactly `tags`, with exactly these attributes; text only if `text`."""
    children, name = list(element), etree.QName(element).localname
    if tuple(child.tag for child in children) != tags:
        wanted = ", ".join(etree.QName(tag).localname for tag in tags[:4]) or "no element"
        raise SignatureRefusedError(element, f"{name} must hold exactly {wanted}")
    if tuple(element.attrib) != attributes:
        raise SignatureRefusedError(element, f"{name} has attributes it must not have")
    for found in () if text else (element.text, *(child.tail for child in children)):
        if found is not None and found.strip(" \t\r\n"):
            raise SignatureRefusedError(element, f"{name} must hold no text of its own")
    return children


def algorithm(element: etree._Element, allowed: Container[str]) -> str:
    """The Algorithm of an otherwise empty element, which must be one of `allowed`."""
    exact(element, (), ("Algorithm",))
    name = str(element.get("Algorithm"))
    if name not in allowed:
        raise SignatureRefusedError(element, f"{etree.QName(element).localname}: {name} is not allowed here")
    return name


def content_bytes(element: etree._Element) -> bytes:
    """The base64 content of an element without children or attributes."""
    exact(element, (), text=True)
    try:
        return base64.b64decode(b"".join((element.text or "").encode("ascii").split()), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureRefusedError(element, f"{etree.QName(element).localname} is not base64") from None
