"""Whatever a stranger does to a message with an agreed shape of signature, or its signer beside the shape, is refused.

Every attack on the strict profile is tried on the generic verifier too, which must be no softer.
"""

import base64
import re
from copy import deepcopy

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from iso import gate, shaped, shapes
from iso.algorithms import EXCLUSIVE, XPATH
from iso.shapes import Shape
from iso.signed_parts import SignatureRefusedError
from tests.unit.iso.samples import PACS002
from tests.unit.iso.shaping import BOTH, EXC, changed, key_info, keys, message, references_of, seal
from tests.unit.iso.signing import DS, digest, element, identity, reference, transforms
from tests.unit.iso.test_signature_attacks import ATTACKS as ON_THE_PROFILE
from tests.unit.iso.test_signature_attacks import GOOD

SHAPES = list(Shape)
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
CERTIFICATE = f"<ds:X509Certificate>{identity('bank').certificate}</ds:X509Certificate>"
CRL = "<ds:X509Data><ds:X509CRL>AA==</ds:X509CRL></ds:X509Data>"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def tree(shape: Shape, path: str, change) -> bytes:
    """A good message with one element changed by `change`."""
    root = seal(shape)
    change(root.find(f".//{{*}}{path}"))
    return etree.tostring(root)


def redone(shape: Shape, change) -> bytes:
    """A message whose signer wrote other references."""
    root = message(shape)
    listed = references_of(shape, root, key_info(shape))
    return etree.tostring(seal(shape, root, references=change(listed)))


def two(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der(shape: Shape) -> bytes:
    root = seal(shape)
    text = etree.tostring(root.find(".//{*}SignedInfo"), method="c14n", exclusive=True)
    value = identity("bank").private.sign(text, ec.ECDSA(hashes.SHA256()))
    root.find(".//{*}SignatureValue").text = base64.b64encode(value).decode()
    return etree.tostring(root)


def moved(shape: Shape, path: str) -> bytes:
    root = seal(shape)
    root.find(path).append(root.find(".//{*}Signature"))
    return etree.tostring(root)


def wrapped(shape: Shape) -> bytes:
    """The signed Document is hidden inside another one, which stands where it stood."""
    root = seal(shape)
    original = root.find("{*}Document")
    forged = deepcopy(original)
    forged.attrib.pop("Id", None)
    forged.find(".//{*}IntrBkSttlmAmt").text = "9999.00"
    root.replace(original, forged)
    forged.find(".//{*}CdtTrfTxInf").append(element(f"<SplmtryData>{etree.tostring(original).decode()}</SplmtryData>"))
    return etree.tostring(root)


def replaced(shape: Shape, part: int, other: bytes) -> bytes:
    root = seal(shape)
    root[part] = gate.read(other).root
    return etree.tostring(root)


def exchanged(shape: Shape) -> bytes:
    """A stranger signs, and says he is the bank."""
    return etree.tostring(seal(shape, signer="stranger"))


def key_of_stranger(shape: Shape) -> bytes:
    """The bank's own signature under a KeyInfo that names a stranger."""
    root = seal(shape)
    root.find(".//{*}X509Certificate").text = identity("stranger").certificate
    return etree.tostring(root)


ON_EVERY: dict[str, object] = {
    "amount": lambda s: changed(s, "IntrBkSttlmAmt", "9999.00"),
    "sender in the header": lambda s: changed(s, "BICFI", "BANBKENA"),
    "message id": lambda s: changed(s, "BizMsgIdr", "BM-2"),
    "white space": lambda s: etree.tostring(seal(s)).replace(b"<Purp>", b" <Purp>"),
    "comment in a text": lambda s: tree(s, "IntrBkSttlmAmt", lambda e: e.append(etree.Comment("x"))),
    "comment in the digest": lambda s: tree(s, "DigestValue", lambda e: e.append(etree.Comment("x"))),
    "comment in the value": lambda s: tree(s, "SignatureValue", lambda e: e.append(etree.Comment("x"))),
    "instruction": lambda s: tree(s, "SignedInfo", lambda e: e.append(etree.ProcessingInstruction("x"))),
    "doctype": lambda s: b"<!DOCTYPE x [<!ATTLIST Document Id ID #IMPLIED>]>" + etree.tostring(seal(s)),
    "another document": lambda s: replaced(s, 1, PACS002),
    "wrapped document": wrapped,
    "moved to the document": lambda s: moved(s, "{*}Document"),
    "moved to the header": lambda s: moved(s, "{*}AppHdr"),
    "moved into the transaction": lambda s: moved(s, ".//{*}CdtTrfTxInf"),
    "two signatures": lambda s: tree(s, "Signature", lambda e: e.addnext(deepcopy(e))),
    "a signature in the document": lambda s: tree(
        s, "CdtTrfTxInf", lambda e: e.append(element("<ds:Signature><ds:SignedInfo/></ds:Signature>"))
    ),
    "object": lambda s: tree(s, "Signature", lambda e: e.append(element("<ds:Object><Document/></ds:Object>"))),
    "text in the signature": lambda s: tree(s, "Signature", lambda e: setattr(e, "text", "x")),
    "text in the transforms": lambda s: tree(s, "Transforms", lambda e: setattr(e, "text", "x")),
    "id of the signature": lambda s: tree(s, "Signature", lambda e: e.set("Id", "x")),
    "id of the value": lambda s: tree(s, "SignatureValue", lambda e: e.set("Id", "x")),
    "id in the document": lambda s: tree(s, "CdtTrfTxInf", lambda e: e.set("Id", "doc")),
    "xml:id in the document": lambda s: tree(
        s, "CdtTrfTxInf", lambda e: e.set("{http://www.w3.org/XML/1998/namespace}id", "doc")
    ),
    "prefixed id in the header": lambda s: tree(s, "BizMsgIdr", lambda e: e.set("{urn:wsu}Id", "hdr")),
    "no reference": lambda s: redone(s, lambda each: []),
    "one reference less": lambda s: redone(s, lambda each: each[:-1]),
    "the first reference twice": lambda s: redone(s, lambda each: [*each, each[0]]),
    "all equal": lambda s: redone(s, lambda each: [each[0]] * 3),
    "a thousand references": lambda s: redone(s, lambda each: each * 400),
    "external reference": lambda s: redone(s, lambda each: [*each[:-1], each[-1].replace(
        "<ds:Reference", '<ds:Reference URI="http://127.0.0.1/"').replace(' URI=""', "").replace(' URI="#doc"', "")]),
    "type of a reference": lambda s: redone(
        s, lambda each: [each[0].replace("<ds:Reference", f'<ds:Reference Type="{DS}Manifest"'), *each[1:]]
    ),
    "no transforms": lambda s: redone(s, lambda each: [e.replace(EXC, "").replace(BOTH, "") for e in each]),
    "xpath that sees little": lambda s: redone(s, lambda each: [e.replace(EXCLUSIVE, XPATH) for e in each]),
    "xslt": lambda s: redone(s, lambda each: [e.replace(EXCLUSIVE, "http://www.w3.org/TR/1999/REC-xslt-19991116")
                                              for e in each]),
    "with comments": lambda s: redone(s, lambda each: [e.replace(EXCLUSIVE, EXCLUSIVE + "WithComments") for e in each]),
    "a transform more": lambda s: redone(
        s, lambda each: [e.replace("</ds:Transforms>", transforms(EXCLUSIVE)[15:]) for e in each]
    ),
    "digest by sha-1": lambda s: redone(
        s, lambda each: [e.replace("http://www.w3.org/2001/04/xmlenc#sha256", f"{DS}sha1") for e in each]
    ),
    "digest cut short": lambda s: redone(s, lambda each: [re.sub("(Value>)[^<]+", r"\1AAAA", e) for e in each]),
    "digest cut to nothing": lambda s: tree(s, "DigestValue", lambda e: setattr(e, "text", "")),
    "hmac with the public key": lambda s: etree.tostring(seal(s, method=MORE + "hmac-sha256")),
    "ecdsa with sha-1": lambda s: etree.tostring(seal(s, method=MORE + "ecdsa-sha1")),
    "method of another key": lambda s: etree.tostring(seal(s, method=MORE + "rsa-sha256")),
    "method of another hash": lambda s: etree.tostring(seal(s, method=MORE + "ecdsa-sha384")),
    "pss that was not agreed": lambda s: etree.tostring(
        seal(s, method="http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1")
    ),
    "r and s zero": lambda s: etree.tostring(seal(s, value=two(0, 0))),
    "r zero": lambda s: etree.tostring(seal(s, value=two(0, 1))),
    "s zero": lambda s: etree.tostring(seal(s, value=two(1, 0))),
    "r and s one": lambda s: etree.tostring(seal(s, value=two(1, 1))),
    "r of the order": lambda s: etree.tostring(seal(s, value=two(ORDER, 1))),
    "s of the order": lambda s: etree.tostring(seal(s, value=two(1, ORDER))),
    "r and s beyond the order": lambda s: etree.tostring(seal(s, value=b"\xff" * 64)),
    "empty value": lambda s: etree.tostring(seal(s, value=b"")),
    "long value": lambda s: etree.tostring(seal(s, value=bytes(66))),
    "value in asn.1": der,
    "a stranger signs": exchanged,
    "key info of a stranger": key_of_stranger,
    "two certificates": lambda s: etree.tostring(seal(s, inside=f"<ds:X509Data>{CERTIFICATE * 2}</ds:X509Data>")),
    "key value": lambda s: etree.tostring(seal(s, inside="<ds:KeyValue/>")),
    "key name": lambda s: etree.tostring(seal(s, inside="<ds:KeyName>bank</ds:KeyName>")),
    "retrieval": lambda s: etree.tostring(seal(s, inside='<ds:RetrievalMethod URI="http://127.0.0.1/"/>')),
    "empty key info": lambda s: etree.tostring(seal(s, inside="")),
    "empty data": lambda s: etree.tostring(seal(s, inside="<ds:X509Data/>")),
    "revocation list": lambda s: etree.tostring(seal(s, inside=CRL)),
}  # fmt: skip


def with_ids(shape: Shape, first: str | None, second: str | None) -> bytes:
    root = message(shape)
    for part, given in ((root[0], first), (root[1], second)):
        part.attrib.pop("Id")
        if given is not None:
            part.set("Id", given)
    return etree.tostring(seal(shape, root))


def only_header() -> bytes:
    """Both references are about the header, so that the Document is anybody's."""
    root = message(Shape.PARTS)
    one = reference(digest(root[0]), uri=' URI="#hdr"', transforms=EXC)
    return etree.tostring(seal(Shape.PARTS, root, references=[one, one]))


def crossed() -> bytes:
    """Header and Document are said to be each other."""
    root = message(Shape.PARTS)
    listed = [
        reference(digest(root[0]), uri=' URI="#doc"', transforms=EXC),
        reference(digest(root[1]), uri=' URI="#hdr"', transforms=EXC),
    ]
    return etree.tostring(seal(Shape.PARTS, root, references=listed))


def decoy() -> bytes:
    """The Id of the signed Document moves to a copy of it that nobody executes."""
    root = seal(Shape.PARTS)
    original = deepcopy(root[1])
    del root[1].attrib["Id"]
    root[1].find(".//{*}IntrBkSttlmAmt").text = "9999.00"
    root[1].find(".//{*}CdtTrfTxInf").append(original)
    return etree.tostring(root)


def other_key_info() -> bytes:
    """Another KeyInfo of the same key takes the place of the signed one: its digest tells."""
    root = seal(Shape.REFERENCES)
    subject = "<ds:X509SubjectName>CN=bank</ds:X509SubjectName>"
    root.find(".//{*}X509Certificate").addprevious(element(subject))
    return etree.tostring(root)


ON_SOME = {
    "the same id twice": lambda: with_ids(Shape.PARTS, "doc", "doc"),
    "no id on the header": lambda: with_ids(Shape.PARTS, None, "doc"),
    "no id on the document": lambda: with_ids(Shape.PARTS, "hdr", None),
    "an id that is a pointer": lambda: with_ids(Shape.PARTS, "xpointer(/)", "doc"),
    "an empty id": lambda: with_ids(Shape.PARTS, "", "doc"),
    "header signed twice": only_header,
    "parts crossed": crossed,
    "a decoy bears the id": decoy,
    "key info without id": lambda: etree.tostring(seal(Shape.REFERENCES)).replace(b' Id="key"', b""),
    "key info exchanged": other_key_info,
    "document by empty uri": lambda: redone(
        Shape.REFERENCES, lambda each: [each[0], each[1], each[2].replace("<ds:Reference", '<ds:Reference URI=""')]
    ),
    "header without uri": lambda: redone(
        Shape.REFERENCES, lambda each: [each[0], each[1].replace(' URI=""', ""), each[2]]
    ),
    "header not enveloped": lambda: redone(
        Shape.REFERENCES, lambda each: [each[0], each[1].replace(BOTH, EXC), each[2]]
    ),
    "envelope with a signature in each place": lambda: etree.tostring(
        seal(Shape.HEADER, seal(Shape.ENVELOPE, message(Shape.HEADER)))
    ),
}  # fmt: skip


def verify(body: bytes, shape: Shape) -> gate.Parsed:
    return shaped.verify(gate.read(body), shape, [*keys(), identity("rsa bank").pinned])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ON_EVERY)
def test_refused_in_every_shape(name: str, shape: Shape):
    body = ON_EVERY[name](shape)
    with pytest.raises((SignatureRefusedError, gate.Refused)):
        verify(body, shape)


@pytest.mark.parametrize("name", ON_SOME)
def test_refused(name: str):
    body = ON_SOME[name]()
    for shape in SHAPES:
        with pytest.raises((SignatureRefusedError, gate.Refused)):
            verify(body, shape)


# The bank signed exactly these messages: what is off the strict profile is what the other shape is about.
RIGHT_IN = {"moved to the envelope": {Shape.ENVELOPE}, "subject beside the certificate": {Shape.HEADER}}


@pytest.mark.parametrize("name", ON_THE_PROFILE)
def test_attacks_on_the_strict_profile_are_refused_here_too(name: str):
    body = ON_THE_PROFILE[name]()
    for shape in set(SHAPES) - RIGHT_IN.get(name, set()):
        with pytest.raises((SignatureRefusedError, gate.Refused)):
            verify(body, shape)


@pytest.mark.parametrize("name", GOOD)
def test_and_what_the_strict_profile_takes_is_taken(name: str):
    assert verify(GOOD[name](), Shape.HEADER).header_el is not None


@pytest.mark.parametrize("shape", SHAPES)
def test_another_value_of_the_same_signer_brings_nothing_new(shape: Shape):
    """(r, n - s) verifies too, by arithmetic: what is read is the same, and a repeat is known by its content."""
    root = seal(shape)
    value = base64.b64decode(root.find(".//{*}SignatureValue").text)
    twin = value[:32] + (ORDER - int.from_bytes(value[32:], "big")).to_bytes(32, "big")
    before = verify(etree.tostring(root), shape).body
    root.find(".//{*}SignatureValue").text = base64.b64encode(twin).decode()
    assert verify(etree.tostring(root), shape).body == before


@pytest.mark.parametrize("shape", SHAPES)
def test_what_stands_around_the_parts_is_not_read(shape: Shape):
    """An envelope may be called otherwise on the way; nothing of it is taken for signed."""
    body = etree.tostring(seal(shape)).replace(b"BizMsgEnvlp", b"Other")
    if shape in {Shape.PARTS, Shape.REFERENCES}:
        assert b"Other" not in verify(body, shape).body
    else:
        with pytest.raises(SignatureRefusedError):
            verify(body, shape)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("many", ["references", "transforms", "certificates"])
def test_a_thousand_of_anything_cost_no_digest_and_no_arithmetic_of_keys(shape: Shape, many: str, monkeypatch):
    def no_work(*_: object, **__: object) -> bytes:
        raise AssertionError("work was done before the shape was found wrong")

    match many:
        case "references":
            body = redone(shape, lambda each: each * 1000)
        case "transforms":
            thousand = transforms(EXCLUSIVE)[len("<ds:Transforms>") : -len("</ds:Transforms>")] * 1000
            body = redone(
                shape, lambda each: [e.replace("</ds:Transforms>", f"{thousand}</ds:Transforms>") for e in each]
            )
        case _:
            body = etree.tostring(seal(shape, inside=f"<ds:X509Data>{CERTIFICATE * 1000}</ds:X509Data>"))
    for module, name in ((shaped, "fits"), (shapes, "canonical_text") if many != "certificates" else (shaped, "fits")):
        monkeypatch.setattr(module, name, no_work)
    with pytest.raises(SignatureRefusedError):
        verify(body, shape)
