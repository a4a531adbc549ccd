"""A signature of the profile is made and verified with RSA and ECDSA; only signed content can be read afterwards."""

import base64
import hashlib
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from lxml import etree

from iso import gate, signature
from iso.keys import KeyRefusedError, pinned_key, signing_key
from iso.messages import business
from tests.unit.iso.samples import PACS008, header
from tests.unit.iso.signing import END, START, forge, identity, reference, transforms, unsigned
from tests.unit.iso.signing import digest as digest_of

SIGNERS = ["bank", "rsa bank"]
INDENTED = PACS008.replace(b"<GrpHdr>", b"\r\n  <GrpHdr >").replace(b'"KES"', b"'KES'")


def verify(body: bytes, *names: str, **options) -> gate.Parsed:
    keys = [identity(name).pinned for name in names or ("bank",)]
    return signature.verify(gate.read(body), keys, **options)


def pem(private) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@pytest.mark.parametrize("signer", SIGNERS)
@pytest.mark.parametrize("namespace", ["", "urn:some:scheme", business.ENVELOPE_NAMESPACE])
def test_what_we_sign_we_verify(signer: str, namespace: str):
    body = signature.sign(header(), PACS008, identity(signer).signing, envelope_namespace=namespace)
    parsed = verify(body, signer)
    message = business.read(parsed.header_el, parsed.document_el)
    assert (message.header, message.envelope) == (header(), namespace)
    assert business.write(message.document).body == PACS008


@pytest.mark.parametrize("signer", SIGNERS)
def test_the_bytes_of_others_are_signed_as_they_stand(signer: str):
    body = signature.sign(header(), INDENTED, identity(signer).signing, canonical=False)
    assert INDENTED in body
    verify(body, signer)


def test_the_certificate_travels_if_the_key_has_one():
    bank = identity("bank")
    body = signature.sign(header(), PACS008, signing_key(bank.private_pem, bank.certificate_pem))
    assert f"<ds:X509Certificate>{bank.certificate}</ds:X509Certificate>".encode() in body
    verify(body)


def test_hand_made_signatures_of_the_profile_are_accepted():
    verify(forge(unsigned()))
    verify(forge(unsigned(), "rsa bank"), "rsa bank")


def test_white_space_between_the_parts_of_a_signature_is_no_harm():
    root = unsigned()
    spaced = reference(digest_of(root)).replace("><", ">\n <")
    body = forge(root, references=f"\n{spaced}\n")
    verify(body)
    verify(body.replace(b"<ds:SignatureValue>", b"\n<ds:SignatureValue>\n "))


@pytest.mark.parametrize("size", [384, 512])
def test_longer_digests_are_accepted(size: int):
    root = unsigned()
    text = etree.tostring(root, method="c14n", exclusive=True)
    value = base64.b64encode(hashlib.new(f"sha{size}", text).digest()).decode()
    space = "xmldsig-more" if size == 384 else "xmlenc"
    verify(forge(root, references=reference(value, digest_method=f"http://www.w3.org/2001/04/{space}#sha{size}")))


def test_any_of_several_keys_on_file_may_have_signed():
    body = forge(unsigned(), "new")
    verify(body, "bank", "rsa bank", "new")
    with pytest.raises(signature.SignatureRefusedError, match="does not fit"):
        verify(body, "bank")


def test_a_certificate_out_of_its_time_is_refused():
    body = forge(unsigned())
    verify(body, now=START)
    for moment in (START - timedelta(seconds=1), END + timedelta(days=1)):
        with pytest.raises(signature.SignatureRefusedError, match="not valid at this time"):
            verify(body, now=moment)


def test_only_signed_content_comes_out():
    parsed = verify(forge(unsigned()))
    assert b"Signature" not in parsed.body
    assert parsed.header_el.find("{*}Sgntr") is None


def test_a_refusal_tells_the_place():
    root = unsigned()
    body = forge(root, references=reference(digest_of(root), transforms=transforms(signature.EXCLUSIVE)))
    with pytest.raises(signature.SignatureRefusedError) as refusal:
        verify(body)
    finding = refusal.value.finding
    assert finding.path == "/BizMsgEnvlp/AppHdr/Sgntr/Signature/SignedInfo/Reference/Transforms"
    assert (finding.code, finding.line) == ("SIGNATURE", 1)
    assert finding.text == "Transforms must hold exactly Transform, Transform"


def test_a_bare_document_or_an_unsigned_message_is_not_signed():
    for body in (PACS008, etree.tostring(unsigned())):
        with pytest.raises(signature.SignatureRefusedError, match=r"not signed|cannot be signed"):
            verify(body)


def test_text_that_looks_like_an_id_attribute_is_no_id():
    assert verify(forge(unsigned(PACS008.replace(b"Invoice 4711", b'Id="1" ID = x')))).document_el is not None


@pytest.mark.parametrize(
    ("private", "text"),
    [
        (rsa.generate_private_key(65537, 1024), "1024 bits"),
        (ec.generate_private_key(ec.SECP521R1()), "P-256"),
        (ed25519.Ed25519PrivateKey.generate(), "P-256"),
    ],
)
def test_weak_or_foreign_keys_are_refused(private, text: str):
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    with pytest.raises(KeyRefusedError, match=text):
        pinned_key(public.decode())
    with pytest.raises(KeyRefusedError, match=text):
        signing_key(pem(private))


def test_what_is_no_key_is_refused():
    for text in ("", "x", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n"):
        with pytest.raises(KeyRefusedError):
            pinned_key(text)
        with pytest.raises(KeyRefusedError):
            signing_key(text)
    with pytest.raises(KeyRefusedError, match="not that of"):
        signing_key(identity("bank").private_pem, identity("other").certificate_pem)
