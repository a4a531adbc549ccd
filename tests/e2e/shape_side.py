"""Signatures as banks make them in the agreed shapes: by signxml, and by hand where it has no such form."""

import base64
import hashlib

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree
from signxml import DigestAlgorithm, SignatureMethod, XMLSigner, methods
from signxml.algorithms import CanonicalizationMethod

from tests.e2e.bank_side import DS, Keys, sign

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DS + "enveloped-signature"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"


def signed(text: str, keys: Keys, shape: str) -> bytes:
    """The message (an envelope around AppHdr and Document) with a signature of that shape."""
    match shape:
        case "header":
            return sign(text, keys)
        case "references":
            return _by_hand(text, keys)
        case _:
            return _beside(text, keys, shape)


def _beside(text: str, keys: Keys, shape: str) -> bytes:
    root = etree.fromstring(text.encode())
    detached = shape == "parts"
    signer = XMLSigner(
        method=methods.detached if detached else methods.enveloped,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    if not detached:
        return bytes(etree.tostring(signer.sign(root, key=keys.private, cert=keys.certificate)))
    root[0].set("Id", "header")
    root[1].set("Id", "document")
    root.append(signer.sign(root, key=keys.private, cert=keys.certificate, reference_uri=["#header", "#document"]))
    return bytes(etree.tostring(root))


def _by_hand(text: str, keys: Keys) -> bytes:
    root = etree.fromstring(text.encode())
    place = etree.SubElement(root[0], f"{{{etree.QName(root[0]).namespace}}}Sgntr")
    pem = "".join(keys.certificate.split("-----")[2].split())
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/>'
        f'<ds:SignatureMethod Algorithm="{ECDSA}"/></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo Id="the-key">'
        f"<ds:X509Data><ds:X509Certificate>{pem}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
    info = signature[0]
    for uri, part, names in (
        ("#the-key", signature[2], (EXCLUSIVE,)),
        ("", root[0], (ENVELOPED, EXCLUSIVE)),
        (None, root[1], (EXCLUSIVE,)),
    ):
        reference = etree.SubElement(info, f"{{{DS}}}Reference", {} if uri is None else {"URI": uri})
        listed = etree.SubElement(reference, f"{{{DS}}}Transforms")
        for name in names:
            etree.SubElement(listed, f"{{{DS}}}Transform", Algorithm=name)
        etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=SHA256)
        digest = hashlib.sha256(_canonical(part)).digest()
        etree.SubElement(reference, f"{{{DS}}}DigestValue").text = base64.b64encode(digest).decode()
    key = serialization.load_pem_private_key(keys.private, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = decode_dss_signature(key.sign(_canonical(info), ec.ECDSA(hashes.SHA256())))
    signature[1].text = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    place.append(signature)
    return bytes(etree.tostring(root))


def _canonical(element: etree._Element) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=True, with_tail=False))


def proven(body: bytes, certificate: str, shape: str) -> bool:
    """Whether the hub's message bears a signature of that shape by that certificate, checked by hand."""
    from cryptography import x509

    root = etree.fromstring(body)
    (signature,) = root.iter(f"{{{DS}}}Signature")
    info, value = signature[0], base64.b64decode(signature[1].text)
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    pair = (int.from_bytes(part, "big") for part in (value[:32], value[32:]))
    key.verify(encode_dss_signature(*pair), _canonical(info), ec.ECDSA(hashes.SHA256()))
    digests = [base64.b64decode(each.text) for each in info.iter(f"{{{DS}}}DigestValue")]
    key_info = signature[2]
    known = [_canonical(key_info)] if shape == "references" else []
    signature.getparent().remove(signature)
    header, document = root.find("{*}AppHdr"), root.find("{*}Document")
    whole = [_canonical(root)] if shape in {"header", "envelope"} else [_canonical(header), _canonical(document)]
    return digests == [hashlib.sha256(each).digest() for each in (*known, *whole)]
