"""The seeds of the fuzzers, all of our own making: `python -m tests.fuzz.seeds` writes them to corpus/."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from iso import shaped
from iso.keys import pinned_key, signing_key
from iso.messages import head001
from iso.messages.business import wrap
from iso.shapes import Shape
from tests.unit.iso.samples import PACS008, header

CORPUS: Final = Path(__file__).parent / "corpus"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PRIVATE: Final = ec.derive_private_key(20261120, ec.SECP256R1())
"""A key that everybody knows: it signs nothing but seeds."""


def _certificate() -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "seeds")])
    builder = x509.CertificateBuilder(name, name, _PRIVATE.public_key(), 4711)
    builder = builder.not_valid_before(START).not_valid_after(START + timedelta(days=365))
    signed = builder.sign(_PRIVATE, hashes.SHA256(), ecdsa_deterministic=True)
    return signed.public_bytes(serialization.Encoding.PEM).decode()


_PEM: Final = _PRIVATE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
KEY: Final = signing_key(_PEM, _certificate())
PINNED: Final = (pinned_key(_certificate()),)
_HEADER: Final = head001.write(header()).body
_PLACE: Final = head001.write(header(), place_for_signature=True).body
SIGNED: Final = {shape.value: shaped.seal(_PLACE, PACS008, KEY, shape) for shape in Shape}
_INSIDE: Final = slice(_HEADER.index(b">") + 1, _HEADER.rindex(b"</"))


def around(inside: bytes) -> bytes:
    """A message whose header has this inside."""
    return wrap(_HEADER[: _INSIDE.start] + inside + _HEADER[_INSIDE.stop :], PACS008)


def seeds() -> dict[str, bytes]:
    """File below corpus/ -> content."""
    plain = wrap(_HEADER, PACS008)
    dtd = b"<!DOCTYPE d [<!ENTITY a 'b'>]>"
    gate = {
        "plain": plain,
        "bare": PACS008,
        "declared": b"\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>" + plain,
        "doctype": dtd + PACS008,
        "comment": PACS008.replace(b"1000.00", b"100<!-- -->0.00"),
        "instruction": PACS008.replace(b"<Purp>", b"<?x y?><Purp>"),
        "cdata": PACS008.replace(b"Invoice 4711", b"<![CDATA[Invoice]]> &#x41;"),
        "deep": b"<a>" * 70 + b"</a>" * 70,
        "attributes": b"<a " + b" ".join(b'a%d=""' % number for number in range(70)) + b"/>",
        "namespaces": b"<E xmlns:p='u'><p:AppHdr/><p:Document xmlns:p='v'/></E>",
        "utf16": PACS008[:200].decode().encode("utf-16"),
    }
    inside = _HEADER[_INSIDE]
    parts = {
        "whole": inside,
        "copy": inside.replace(b"<CreDt>", b"<CreDt>").replace(b"</CreDt>", b"</CreDt><CpyDplct>CODU</CpyDplct>"),
        "other time": inside.replace(b"2026-11-20T08:00:00.000Z", b"2026-11-20T11:00:00+03:00"),
        "no sender": inside[inside.index(b"<To>") :],
        "signature": inside + b"<Sgntr/>",
        "empty": b"",
    }
    signed = {shape: bytes([number]) + body for number, (shape, body) in enumerate(SIGNED.items())}
    named = (("gate", gate), ("header", parts), ("signature", signed))
    return {f"{target}/{name.replace(' ', '-')}": body for target, each in named for name, body in each.items()}


if __name__ == "__main__":
    for name, content in seeds().items():
        path = CORPUS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
