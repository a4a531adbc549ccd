"""Sign a business message.

    python3 sign.py KEY.pem CERTIFICATE.pem MESSAGE.xml > SIGNED.xml

Needs `pip install signxml`. The signature goes into AppHdr/Sgntr and covers the whole message.
"""

import sys
from pathlib import Path

from lxml import etree
from signxml import XMLSigner, methods
from signxml.algorithms import CanonicalizationMethod, SignatureMethod

DS = "http://www.w3.org/2000/09/xmldsig#"


def sign(message: bytes, key: bytes, certificate: str) -> bytes:
    """Return the message with its signature; `key` and `certificate` are PEM."""
    root = etree.fromstring(message)
    header = root.find("{*}AppHdr")
    # Sgntr comes last in a header without Rltd; the library puts the signature where the placeholder is.
    holder = etree.SubElement(header, f"{{{etree.QName(header).namespace}}}Sgntr")
    etree.SubElement(holder, f"{{{DS}}}Signature", Id="placeholder")
    signer = XMLSigner(
        method=methods.enveloped,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,  # RSA_SHA256 for an RSA key
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    return etree.tostring(signer.sign(root, key=key, cert=certificate))


if __name__ == "__main__":
    key_file, certificate_file, message_file = (Path(name) for name in sys.argv[1:])
    signed = sign(message_file.read_bytes(), key_file.read_bytes(), certificate_file.read_text())
    sys.stdout.buffer.write(signed)
