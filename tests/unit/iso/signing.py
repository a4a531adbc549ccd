"""Keys, certificates and hand-made signatures for the tests: also such as our own code would never make."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID
from lxml import etree

from iso import gate, signature
from iso.keys import PinnedKey, SigningKey, pinned_key, signing_key
from iso.messages import head001
from iso.messages.business import wrap
from tests.unit.iso.samples import PACS008, header

DS = signature.DS
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(days=40_000)
"""Hubs under test read the clock of their machine: the certificates are good for all their time."""


class Identity:
    """A key pair with a self-signed certificate valid from START to END."""

    def __init__(self, private) -> None:
        self.private = private
        self.private_pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.public_pem = (
            private.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )
        certificate = _certificate(private)
        self.certificate_pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        self.certificate = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()

    @property
    def signing(self) -> SigningKey:
        return signing_key(self.private_pem)

    @property
    def pinned(self) -> PinnedKey:
        return pinned_key(self.certificate_pem)


def _certificate(private) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank")])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    builder = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(START).not_valid_after(END)
    return builder.add_extension(usage, critical=True).sign(private, hashes.SHA256())


@cache
def identity(name: str) -> Identity:
    """The identity of a name: those beginning with "rsa" have RSA keys of 2048 bits, others ECDSA on P-256."""
    if name.startswith("rsa"):
        return Identity(rsa.generate_private_key(65537, 2048))
    return Identity(ec.generate_private_key(ec.SECP256R1()))


INFO = """<ds:SignedInfo xmlns:ds="{ds}"><ds:CanonicalizationMethod Algorithm="{exclusive}"/><ds:SignatureMethod
 Algorithm="{method}">{method_inside}</ds:SignatureMethod>{references}</ds:SignedInfo>"""
REFERENCE = """<ds:Reference{uri}>{transforms}<ds:DigestMethod Algorithm="{digest_method}"/><ds:DigestValue>{digest}\
</ds:DigestValue></ds:Reference>"""
TRANSFORMS = (signature.ENVELOPED, signature.EXCLUSIVE)


def transforms(*names: str) -> str:
    """A ds:Transforms element of plain transforms."""
    inside = "".join([f'<ds:Transform Algorithm="{name}"/>' for name in names])
    return f"<ds:Transforms>{inside}</ds:Transforms>"


def digest(root: etree._Element) -> str:
    """The SHA-256 of the exclusive canonical form."""
    text = etree.tostring(root, method="c14n", exclusive=True)
    return base64.b64encode(hashlib.sha256(text).digest()).decode()


def reference(value: str, **changes: str) -> str:
    """A ds:Reference of the profile with some parts changed."""
    parts = {"uri": ' URI=""', "transforms": transforms(*TRANSFORMS), "digest_method": signature.SHA256}
    return REFERENCE.format(**{**parts, "digest": value, **changes})


def element(text: str) -> etree._Element:
    """A fragment of XML that may use the prefix ds."""
    return gate.read(f'<E xmlns:ds="{DS}"><AppHdr/><Document>{text}</Document></E>'.encode()).root[1][0]


def unsigned(document: bytes = PACS008, extra: bytes = b"") -> etree._Element:
    """The tree of a message whose header has a place for the signature; `extra` goes into the document."""
    place = head001.write(header(), place_for_signature=True).body
    return gate.read(wrap(place, document.replace(b"</CdtTrfTxInf>", extra + b"</CdtTrfTxInf>"))).root


def raw(private, text: bytes) -> bytes:
    """The signature value of the profile's methods over `text`."""
    if isinstance(private, rsa.RSAPrivateKey):
        return private.sign(text, padding.PKCS1v15(), hashes.SHA256())
    r, s = decode_dss_signature(private.sign(text, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def forge(
    root: etree._Element,
    signer: str = "bank",
    *,
    references: str | None = None,
    method: str | None = None,
    canonicalisation: str = signature.EXCLUSIVE,
    method_inside: str = "",
    value: bytes | None = None,
    inside: str = "",
    holder: etree._Element | None = None,
) -> bytes:
    """Sign `root` by hand with the key of `signer`; without changes the result is of the profile and accepted."""
    who = identity(signer)
    method = method or (signature.RSA_SHA256 if signer.startswith("rsa") else signature.ECDSA_SHA256)
    info = element(
        INFO.format(
            ds=DS,
            exclusive=canonicalisation,
            method=method,
            method_inside=method_inside,
            references=reference(digest(root)) if references is None else references,
        ).replace("\n", "")
    )
    text = etree.tostring(info, method="c14n", exclusive=True)
    signed = value if value is not None else raw(who.private, text)
    whole = element(
        f"<ds:Signature><ds:SignatureValue>{base64.b64encode(signed).decode()}</ds:SignatureValue>{inside}</ds:Signature>"
    )
    whole.insert(0, info)
    (root.find(".//{*}Sgntr") if holder is None else holder).append(whole)
    return etree.tostring(root)
