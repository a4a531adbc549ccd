"""A whole DFSP in one file.

    python3 dfsp.py NAME PORT KEY.pem MOBILE HUB-URL FOLDER [VERSION [COMMITTED|RESERVED [FEE]]]

Answers lookups, quotes and transfers for one customer, and keeps every message it gets as
FOLDER/<number>.<method>.<resource>[.error].json. It trusts the hub: a real DFSP verifies FSPIOP-Signature as well.
"""

import hashlib
import hmac
import json
import sys
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

from headers import base64url, headers_for

SECRET = b"only the payee's DFSP knows this"
NUMBERS = count(1)


def moment(seconds: int = 0) -> str:
    """Return a DateTime, so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def money(amount: Decimal, currency: str) -> dict:
    """Return Money: no zeros at the end."""
    return {"currency": currency, "amount": format(amount.normalize(), "f")}


def fulfilment_of(packet: str) -> bytes:
    """Return the 32 bytes that prove acceptance; they need not be stored, since the packet comes with the transfer."""
    return hmac.digest(SECRET, packet.encode(), "sha256")


def octets(content: bytes) -> bytes:
    """Return variable-length octets as an ILP packet has them."""
    size = len(content)
    return (bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")) + content


def packet_for(quote: dict, transfer: Decimal, receives: Decimal) -> str:
    """Return a version 1 packet: amount in minor units, address, and the agreement as a transaction object."""
    names = ("transactionId", "quoteId", "payee", "payer", "transactionType", "note")
    agreed = {name: quote[name] for name in names if name in quote}
    currency = quote["amount"]["currency"]
    agreed["amount"] = money(transfer, currency)
    agreed["payeeReceiveAmount"] = money(receives, currency)
    info = quote["payee"]["partyIdInfo"]
    address = f"g.{info.get('fspId', '')}.{info['partyIdType']}.{info['partyIdentifier']}".lower()
    data = base64url(json.dumps(agreed).encode()).encode()
    content = int(transfer * 100).to_bytes(8, "big") + octets(address.encode()) + octets(data) + b"\0"
    return base64url(b"\x01" + octets(content))


class Dfsp(BaseHTTPRequestHandler):
    """Takes FSPIOP requests and callbacks at their usual paths."""

    name: str
    key: bytes
    mobile: str
    hub: str
    folder: Path
    version = "1.1"
    word = "COMMITTED"
    fee = Decimal(0)

    def _take(self) -> None:
        if self.path == "/health":
            self.send_response(200)
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.partition("?")[0]
        kind = path.split("/")[1] + (".error" if path.endswith("/error") else "")
        file = self.folder / f"{next(NUMBERS):03}.{self.command}.{kind}.json"
        file.with_suffix(".part").write_bytes(body or b"{}")
        file.with_suffix(".part").rename(file)
        self.send_response(202 if self.command in ("GET", "POST") else 200)
        self.end_headers()
        # The answer is a call of its own, after the request has been taken.
        asked = {"GET": self._party, "POST": self._quote if kind == "quotes" else self._transfer}.get(self.command)
        if asked is not None:
            source = self.headers["fspiop-source"]
            threading.Thread(target=asked, args=(path, json.loads(body or b"{}"), source)).start()

    do_GET = do_POST = do_PUT = do_PATCH = _take

    def _party(self, path: str, _: dict, source: str) -> None:
        if path != f"/parties/MSISDN/{self.mobile}":
            self._put(f"{path}/error", source, {"errorInformation": {"errorCode": "3204", "errorDescription": "?"}})
            return
        info = {"partyIdType": "MSISDN", "partyIdentifier": self.mobile, "fspId": self.name}
        self._put(path, source, {"party": {"partyIdInfo": info, "name": "Grace Purse"}})

    def _quote(self, _: str, quote: dict, source: str) -> None:
        asked, currency = Decimal(quote["amount"]["amount"]), quote["amount"]["currency"]
        transfer = asked + self.fee if quote["amountType"] == "RECEIVE" else asked
        packet = packet_for(quote, transfer, transfer - self.fee)
        terms = {
            "transferAmount": money(transfer, currency),
            "payeeReceiveAmount": money(transfer - self.fee, currency),
            "expiration": moment(300),
            "ilpPacket": packet,
            "condition": base64url(hashlib.sha256(fulfilment_of(packet)).digest()),
        }
        if self.fee:
            terms["payeeFspFee"] = money(self.fee, currency)
        self._put(f"/quotes/{quote['quoteId']}", source, terms)

    def _transfer(self, _: str, transfer: dict, source: str) -> None:
        fulfilment = base64url(fulfilment_of(transfer["ilpPacket"]))
        answer = {"transferState": self.word, "fulfilment": fulfilment, "completedTimestamp": moment()}
        self._put(f"/transfers/{transfer['transferId']}", source, answer)

    def _put(self, path: str, destination: str, content: dict) -> None:
        body = json.dumps(content).encode()
        headers = headers_for(self.name, "PUT", path, destination, self.version, body, self.key)
        request = urllib.request.Request(self.hub + path, body, headers, method="PUT")
        try:
            urllib.request.urlopen(request, timeout=20).close()
        except urllib.error.HTTPError as refused:
            print(refused.code, refused.read().decode(), file=sys.stderr)

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing: the folder tells."""


if __name__ == "__main__":
    name, port, key, mobile, hub, folder, *more = sys.argv[1:]
    Dfsp.name, Dfsp.key, Dfsp.mobile, Dfsp.hub, Dfsp.folder = name, Path(key).read_bytes(), mobile, hub, Path(folder)
    Dfsp.version, Dfsp.word, Dfsp.fee = (*more, *("1.1", "COMMITTED", "0")[len(more) :])[:3]
    Dfsp.fee = Decimal(Dfsp.fee)
    Dfsp.folder.mkdir(parents=True, exist_ok=True)
    ThreadingHTTPServer(("127.0.0.1", int(port)), Dfsp).serve_forever()
