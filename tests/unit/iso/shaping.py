"""Hand-made signatures of every shape, part by part, so that a test can make any part of them wrong."""

import base64
from copy import deepcopy

from lxml import etree

from iso import gate
from iso.algorithms import ENVELOPED, EXCLUSIVE
from iso.keys import PinnedKey
from iso.shapes import Shape
from tests.unit.iso.samples import PACS008
from tests.unit.iso.signing import DS, digest, element, identity, raw, reference, transforms, unsigned

ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
INFO = (
    f'<ds:SignedInfo xmlns:ds="{DS}"><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
    '<ds:SignatureMethod Algorithm="{method}"/>{references}</ds:SignedInfo>'
)
EXC = transforms(EXCLUSIVE)
BOTH = transforms(ENVELOPED, EXCLUSIVE)


def keys() -> list[PinnedKey]:
    return [identity("bank").pinned]


def certificate(name: str = "bank") -> str:
    return f"<ds:X509Data><ds:X509Certificate>{identity(name).certificate}</ds:X509Certificate></ds:X509Data>"


def message(shape: Shape, document: bytes = PACS008) -> etree._Element:
    """An unsigned message as a signer of that shape begins with it: with Ids or a place where it needs them."""
    root = unsigned(document)
    if shape in {Shape.ENVELOPE, Shape.PARTS}:
        root[0].remove(root[0].find("{*}Sgntr"))
    if shape is Shape.PARTS:
        root[0].set("Id", "hdr")
        root[1].set("Id", "doc")
    return root


def key_info(shape: Shape, inside: str | None = None) -> etree._Element:
    place = ' Id="key"' if shape is Shape.REFERENCES else ""
    return element(f"<ds:KeyInfo{place}>{certificate() if inside is None else inside}</ds:KeyInfo>")


def references_of(shape: Shape, root: etree._Element, info: etree._Element) -> list[str]:
    """The references of a right signature, as texts."""
    match shape:
        case Shape.PARTS:
            return [
                reference(digest(root[0]), uri=' URI="#hdr"', transforms=EXC),
                reference(digest(root[1]), uri=' URI="#doc"', transforms=EXC),
            ]
        case Shape.REFERENCES:
            return [
                reference(digest(info), uri=' URI="#key"', transforms=EXC),
                reference(digest(root[0])),
                reference(digest(root[1]), uri="", transforms=EXC),
            ]
        case _:
            return [reference(digest(root))]


def seal(
    shape: Shape,
    root: etree._Element | None = None,
    *,
    signer: str = "bank",
    references: list[str] | None = None,
    method: str = ECDSA,
    inside: str | None = None,
    value: bytes | None = None,
    at: etree._Element | None = None,
) -> etree._Element:
    """The message signed by hand; without changes it is of the shape and accepted."""
    root = message(shape) if root is None else root
    known = key_info(shape, inside)
    listed = references_of(shape, root, known) if references is None else references
    info = element(INFO.format(method=method, references="".join(listed)))
    text = etree.tostring(info, method="c14n", exclusive=True)
    signed = raw(identity(signer).private, text) if value is None else value
    whole = element(
        f"<ds:Signature><ds:SignatureValue>{base64.b64encode(signed).decode()}</ds:SignatureValue></ds:Signature>"
    )
    whole.insert(0, info)
    whole.append(known)
    place = at if at is not None else root if shape in {Shape.ENVELOPE, Shape.PARTS} else root.find(".//{*}Sgntr")
    place.append(whole)
    return root


def changed(shape: Shape, path: str, text: str) -> bytes:
    """A good message in which somebody wrote something else afterwards."""
    root = seal(shape)
    root.find(f".//{{*}}{path}").text = text
    return etree.tostring(root)


def again(root: etree._Element) -> gate.Parsed:
    """The message as it arrives."""
    return gate.read(etree.tostring(root))


def copied(root: etree._Element, path: str) -> etree._Element:
    return deepcopy(root.find(f".//{{*}}{path}"))
