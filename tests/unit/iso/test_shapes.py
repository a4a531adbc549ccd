"""Each agreed shape of signature is made, verified, and read from the signed bytes only; none passes for another."""

from datetime import timedelta

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier

from iso import gate, second_opinion, shaped, signature
from iso.algorithms import PSS_SHA256, XPATH
from iso.keys import pinned_key, signing_key
from iso.messages import business, head001
from iso.shapes import Shape
from iso.signed_parts import SignatureRefusedError
from tests.unit.iso.samples import PACS008, header
from tests.unit.iso.shaping import EXC, again, keys, message, seal
from tests.unit.iso.signing import END, START, Identity, digest, identity, reference

SHAPES = list(Shape)
PLACE = head001.write(header(), place_for_signature=True).body
INDENTED = PACS008.replace(b"<GrpHdr>", b"\r\n  <GrpHdr >").replace(b'"KES"', b"'KES'")


def own_key(name: str = "bank"):
    who = identity(name)
    return signing_key(who.private_pem, who.certificate_pem)


def ours(shape: Shape, document: bytes = PACS008, key=None, **options) -> bytes:
    return shaped.seal(PLACE, document, key or own_key(), shape, canonical=document is PACS008, **options)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("namespace", ["", "urn:some:scheme"])
@pytest.mark.parametrize("document", [PACS008, INDENTED], ids=["canonical", "as typed"])
def test_what_we_sign_we_verify(shape: Shape, namespace: str, document: bytes):
    body = ours(shape, document, envelope_namespace=namespace)
    parsed = shaped.verify(gate.read(body), shape, keys(), START)
    found = business.read(parsed.header_el, parsed.document_el)
    assert (found.header, found.envelope) == (header(), namespace)
    assert business.write(found.document).body == PACS008
    assert b"Id=" not in etree.tostring(parsed.document_el) and b"Signature" not in parsed.body


@pytest.mark.parametrize("shape", SHAPES)
def test_what_tools_of_others_make_is_verified(shape: Shape):
    parsed = shaped.verify(again(seal(shape)), shape, keys())
    assert business.read(parsed.header_el, parsed.document_el).header == header()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("other", SHAPES)
def test_a_shape_is_not_taken_for_another(shape: Shape, other: Shape):
    if shape is not other:
        with pytest.raises(SignatureRefusedError):
            shaped.verify(again(seal(shape)), other, keys())


def test_the_header_shape_is_that_of_the_strict_profile():
    assert ours(Shape.HEADER) == signature.seal(PLACE, PACS008, own_key())
    signature.verify(gate.read(ours(Shape.HEADER)), keys())


def test_the_signature_may_be_left_out_by_xpath():
    for prefix, space, right in (("ds", "", True), ("ds", "\n ", True), ("d", "", False), ("ds", "self::x or ", False)):
        path = f'<ds:XPath xmlns:d="urn:x">{space}not(ancestor-or-self::{prefix}:Signature)</ds:XPath>'
        both = f'<ds:Transforms><ds:Transform Algorithm="{XPATH}">{path}</ds:Transform>'
        exclusive = '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/></ds:Transforms>'
        root = message(Shape.ENVELOPE)
        body = seal(Shape.ENVELOPE, root, references=[reference(digest(root), transforms=both + exclusive)])
        if right:
            shaped.verify(again(body), Shape.ENVELOPE, keys())
        else:
            with pytest.raises(SignatureRefusedError, match="only XPath"):
                shaped.verify(again(body), Shape.ENVELOPE, keys())


def test_references_may_come_in_any_order():
    root = message(Shape.PARTS)
    listed = [
        reference(digest(root[1]), uri=' URI="#doc"', transforms=EXC),
        reference(digest(root[0]), uri=' URI="#hdr"', transforms=EXC),
    ]
    shaped.verify(again(seal(Shape.PARTS, root, references=listed)), Shape.PARTS, keys())


NAMES = {
    "serial": "<ds:X509IssuerSerial><ds:X509IssuerName>{name}</ds:X509IssuerName>"
    "<ds:X509SerialNumber>{serial}</ds:X509SerialNumber></ds:X509IssuerSerial>",
    "subject": "<ds:X509SubjectName>{name}</ds:X509SubjectName>",
    "key identifier": "<ds:X509SKI>{ski}</ds:X509SKI>",
    "all of them": "<ds:X509IssuerSerial><ds:X509IssuerName>{name}</ds:X509IssuerName><ds:X509SerialNumber>{serial}"
    "</ds:X509SerialNumber></ds:X509IssuerSerial><ds:X509SKI>{ski}</ds:X509SKI>"
    "<ds:X509SubjectName>{name}</ds:X509SubjectName><ds:X509Certificate>{certificate}</ds:X509Certificate>",
}


def named(template: str, **changes) -> str:
    import base64

    pinned, who = identity("bank").pinned, identity("bank")
    values = {
        "name": pinned.subject, "serial": pinned.serial, "certificate": who.certificate,
        "ski": base64.b64encode(pinned.identifier).decode(),
    }  # fmt: skip
    return f"<ds:X509Data>{template.format(**values | changes)}</ds:X509Data>"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", SHAPES)
def test_key_info_may_name_the_certificate_on_file_in_any_way(name: str, shape: Shape):
    shaped.verify(again(seal(shape, inside=named(NAMES[name]))), shape, [identity("other").pinned, *keys()])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("serial", {"serial": 4711}),
        ("serial", {"name": "CN=other"}),
        ("serial", {"serial": "0x1"}),
        ("subject", {"name": "CN=other"}),
        ("subject", {"name": ""}),
        ("key identifier", {"ski": "AAAA"}),
        ("all of them", {"serial": 4711}),
    ],
)
def test_key_info_that_names_another_is_refused(name: str, changes: dict):
    body = again(seal(Shape.REFERENCES, inside=named(NAMES[name], **changes)))
    with pytest.raises(SignatureRefusedError, match=r"KeyInfo names|decimal"):
        shaped.verify(body, Shape.REFERENCES, keys())


@pytest.mark.parametrize("given", ["C=KE, O=Alpha Bank,CN=alpha", "cn=alpha,o=alpha  bank,c=KE"])
def test_names_are_compared_as_tools_write_them(given: str):
    pinned = msgspec.structs.replace(identity("bank").pinned, subject="CN=alpha,O=Alpha Bank,C=KE")
    body = seal(Shape.REFERENCES, inside=f"<ds:X509Data><ds:X509SubjectName>{given}</ds:X509SubjectName></ds:X509Data>")
    shaped.verify(again(body), Shape.REFERENCES, [pinned])


def test_longer_curves_sign_and_verify():
    who = Identity(ec.generate_private_key(ec.SECP384R1()))
    key = signing_key(who.private_pem, who.certificate_pem)
    for shape in SHAPES:
        body = ours(shape, key=key)
        assert b"ecdsa-sha384" in body
        shaped.verify(gate.read(body), shape, [who.pinned], START)
    signature.verify(gate.read(ours(Shape.HEADER, key=key)), [who.pinned])


def test_pss_counts_only_where_it_is_agreed():
    key, pinned = own_key("rsa bank"), [identity("rsa bank").pinned]
    body = ours(Shape.REFERENCES, key=key, pss=True)
    assert PSS_SHA256.encode() in body
    shaped.verify(gate.read(body), Shape.REFERENCES, pinned, pss=True)
    with pytest.raises(SignatureRefusedError, match="not allowed here"):
        shaped.verify(gate.read(body), Shape.REFERENCES, pinned)


def test_a_key_out_of_its_time_is_refused():
    for moment in (START - timedelta(seconds=1), END + timedelta(days=1)):
        with pytest.raises(SignatureRefusedError, match="not valid at this time"):
            shaped.verify(again(seal(Shape.PARTS)), Shape.PARTS, keys(), moment)


def test_signing_is_the_same_at_every_call():
    for shape in SHAPES:
        assert ours(shape) == ours(shape)


def test_what_cannot_be_made_is_said():
    bare = signing_key(identity("bank").private_pem)
    with pytest.raises(ValueError, match="certificate is needed"):
        shaped.seal(PLACE, PACS008, bare, Shape.REFERENCES)
    with pytest.raises(ValueError, match="nvlp has no place"):
        ours(Shape.ENVELOPE, envelope_namespace=business.ENVELOPE_NAMESPACE)


class ByHub(XMLVerifier):
    """signxml, told by its application what a reference without URI means, as the standard wants it."""

    document: etree._Element

    def _resolve_reference(self, doc_root, reference, uri_resolver=None):
        if reference.get("URI") is None:
            return self.document
        return super()._resolve_reference(doc_root, reference, uri_resolver)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("document", [PACS008, INDENTED], ids=["canonical", "as typed"])
def test_an_independent_verifier_agrees_with_ours(shape: Shape, document: bytes):
    root = gate.read(ours(shape, document)).root
    config = SignatureConfiguration(expect_references=True, verification_time=START)
    verifier = ByHub()
    if shape is Shape.REFERENCES:
        # The header is a document of its own for its reference to "".
        verifier.document = root[1]
        root = gate.parse_signed(b"<E>%b<Document/></E>" % etree.tostring(root[0])).header_el
        root = etree.ElementTree(root).getroot()
        root.getparent().remove(root)
    found = verifier.verify(root, x509_cert=identity("bank").certificate_pem, expect_config=config)
    ours_opened = shaped.open_signature(gate.read(ours(shape, document)), shape)
    assert sorted(each.signed_data for each in found) == sorted(each.text for each in ours_opened.references)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_second_verifier_does_not_find_signed_is_refused(shape: Shape):
    body = again(seal(shape))
    opened = shaped.open_signature(body, shape)
    other = msgspec.structs.replace(opened.references[0], text=b"<other/>")
    twisted = msgspec.structs.replace(opened, references=(other, *opened.references[1:]))
    with pytest.raises(SignatureRefusedError, match="other bytes"):
        second_opinion.agree(body, twisted, keys()[0], START)
    changed = again(seal(shape))
    changed.root.find(".//{*}IntrBkSttlmAmt").text = "9999.00"
    with pytest.raises(SignatureRefusedError, match="second verifier refuses"):
        second_opinion.agree(changed, opened, keys()[0], START)


def test_a_bare_key_is_verified_by_ours_alone():
    bare = pinned_key(identity("bank").public_pem)
    for shape in (Shape.ENVELOPE, Shape.PARTS):
        root = message(shape)
        body = again(seal(shape, root))
        certificate = body.root.find(".//{*}KeyInfo")
        certificate.getparent().remove(certificate)
        opened = shaped.open_signature(body, shape)
        assert not second_opinion.can_tell(opened, bare)
        shaped.verify(body, shape, [bare])
