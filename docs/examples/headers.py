"""Write the headers of a FSPIOP message, signed if it has a body, for `curl -H @FILE`.

    python3 headers.py wallet POST /quotes quote.json --to purse --key wallet.key.pem > headers.txt

Needs `pip install cryptography`.
"""

import argparse
import base64
import json
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding


def base64url(raw: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign(headers: dict[str, str], body: bytes, key: bytes) -> str:
    """Return FSPIOP-Signature for these headers and exactly these bytes; `key` is an RSA key in PEM."""
    names = ("FSPIOP-URI", "FSPIOP-HTTP-Method", "FSPIOP-Source", "FSPIOP-Destination", "Date")
    protected = {"alg": "RS256"} | {name: headers[name] for name in names if name in headers}
    text = base64url(json.dumps(protected).encode())
    private = serialization.load_pem_private_key(key, None)
    signature = private.sign(f"{text}.{base64url(body)}".encode(), padding.PKCS1v15(), hashes.SHA256())
    return json.dumps({"signature": base64url(signature), "protectedHeader": text})


def headers_for(
    source: str, method: str, uri: str, destination: str = "", version: str = "1.1", body: bytes = b"", key: bytes = b""
) -> dict[str, str]:
    """Return the headers of one message; `uri` begins at the resource and has no query."""
    media = f"application/vnd.interoperability.{uri.split('/')[1]}+json;version={version}"
    headers = {"Content-Type": media, "Date": format_datetime(datetime.now(UTC), usegmt=True), "FSPIOP-Source": source}
    if method in ("GET", "POST", "DELETE"):
        headers["Accept"] = media
    if destination:
        headers["FSPIOP-Destination"] = destination
    if body and key:
        headers |= {"FSPIOP-URI": uri, "FSPIOP-HTTP-Method": method}
        headers["FSPIOP-Signature"] = sign(headers, body, key)
    return headers


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source")
    parser.add_argument("method")
    parser.add_argument("uri")
    parser.add_argument("body", nargs="?", type=Path)
    parser.add_argument("--to", default="", help="FSPIOP-Destination")
    parser.add_argument("--version", default="1.1")
    parser.add_argument("--key", type=Path)
    chosen = parser.parse_args()
    content = chosen.body.read_bytes() if chosen.body else b""
    pem = chosen.key.read_bytes() if chosen.key else b""
    made = headers_for(chosen.source, chosen.method, chosen.uri, chosen.to, chosen.version, content, pem)
    for name, value in made.items():
        print(f"{name}: {value}")
