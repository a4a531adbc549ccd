"""A DFSP as a stranger would write it from the FSPIOP definition: headers, signatures, callbacks; no hub code."""

import base64
import hashlib
import itertools
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple

import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.e2e.hub import WAIT_S, Hub, Listener, Message

FULFILMENT = base64.urlsafe_b64encode(b"f" * 32).rstrip(b"=").decode()
CONDITION = base64.urlsafe_b64encode(hashlib.sha256(b"f" * 32).digest()).rstrip(b"=").decode()
WRONG = base64.urlsafe_b64encode(b"x" * 32).rstrip(b"=").decode()
_numbers = itertools.count(1)
_PARTY = "{{partyIdType}}/{{partyIdentifier}}"
_SUB = _PARTY + "/{{partySubIdOrType}}"
ENDPOINTS = {
    "PARTICIPANT_PUT": f"/participants/{_PARTY}",
    "PARTICIPANT_PUT_ERROR": f"/participants/{_PARTY}/error",
    "PARTICIPANT_SUB_ID_PUT": f"/participants/{_SUB}",
    "PARTICIPANT_SUB_ID_PUT_ERROR": f"/participants/{_SUB}/error",
    "PARTICIPANT_BATCH_PUT": "/participants/{{requestId}}",
    "PARTICIPANT_BATCH_PUT_ERROR": "/participants/{{requestId}}/error",
    "PARTIES_GET": f"/parties/{_PARTY}",
    "PARTIES_SUB_ID_GET": f"/parties/{_SUB}",
    "PARTIES_PUT": f"/parties/{_PARTY}",
    "PARTIES_SUB_ID_PUT": f"/parties/{_SUB}",
    "PARTIES_PUT_ERROR": f"/parties/{_PARTY}/error",
    "PARTIES_SUB_ID_PUT_ERROR": f"/parties/{_SUB}/error",
    "QUOTES": "",
    "FX_QUOTES": "",
    "BULK_QUOTES": "",
    "TRX_REQ_SERVICE": "",
    "AUTHORIZATIONS": "",
    "BULK_TRANSFER_POST": "/bulkTransfers",
    "BULK_TRANSFER_PUT": "/bulkTransfers/{{id}}",
    "BULK_TRANSFER_ERROR": "/bulkTransfers/{{id}}/error",
    "FX_TRANSFER_POST": "/fxTransfers",
    "FX_TRANSFER_PUT": "/fxTransfers/{{commitRequestId}}",
    "FX_TRANSFER_ERROR": "/fxTransfers/{{commitRequestId}}/error",
    "TRANSFER_POST": "/transfers",
    "TRANSFER_PUT": "/transfers/{{transferId}}",
    "TRANSFER_ERROR": "/transfers/{{transferId}}/error",
}


def new_id() -> str:
    """A fresh lower-case UUID."""
    return str(uuid.uuid4())


def fresh(prefix: str) -> str:
    """A name nobody has in this run."""
    return f"{prefix}{next(_numbers)}x{uuid.uuid4().hex[:6]}"


def moment(**ahead: float) -> str:
    """Now, or that much later, as a DateTime."""
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encoded(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """What `encoded` was given."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def media(resource: str, version: str = "1.1") -> str:
    """The media type of a resource."""
    return f"application/vnd.interoperability.{resource}+json;version={version}"


def signed(key: rsa.RSAPrivateKey, method: str, uri: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
    """The headers with FSPIOP-URI, -HTTP-Method and -Signature (RS256 over the detached body)."""
    more = {"FSPIOP-URI": uri, "FSPIOP-HTTP-Method": method}
    named = {name: value for name, value in headers.items() if name in {"FSPIOP-Source", "FSPIOP-Destination", "Date"}}
    protected = encoded(json.dumps({"alg": "RS256", **more, **named}).encode())
    signature = key.sign(f"{protected}.{encoded(body)}".encode(), padding.PKCS1v15(), hashes.SHA256())
    value = json.dumps({"signature": encoded(signature), "protectedHeader": protected})
    return {**headers, **more, "FSPIOP-Signature": value}


def verified(message: Message, public: rsa.RSAPublicKey) -> dict[str, str]:
    """The protected header of a message whose signature is good; raises InvalidSignature."""
    jws = json.loads(message.headers["fspiop-signature"])
    signing_input = f"{jws['protectedHeader']}.{encoded(message.body)}".encode()
    public.verify(decoded(jws["signature"]), signing_input, padding.PKCS1v15(), hashes.SHA256())
    protected = json.loads(decoded(jws["protectedHeader"]))
    for name in ("FSPIOP-URI", "FSPIOP-HTTP-Method", "FSPIOP-Source", "FSPIOP-Destination", "Date"):
        assert protected.get(name) == message.headers.get(name.lower()), name
    return dict(protected)


def hub_key(hub: Hub) -> rsa.RSAPublicKey:
    """The public half of the hub's own signature key."""
    private = serialization.load_pem_private_key((hub.data / "keys" / "jws-key.pem").read_bytes(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    return private.public_key()


def error_body(code: str, text: str = "No", **more: Any) -> dict[str, Any]:
    """The body of an error callback."""
    return {"errorInformation": {"errorCode": code, "errorDescription": text, **more}}


class Error(NamedTuple):
    """Code and text of an errorInformation."""

    code: str
    text: str


def error_of(content: bytes) -> Error:
    """The error in a body; it has the shape and the lengths of the definition."""
    told = json.loads(content)["errorInformation"]
    assert 1 <= len(told["errorDescription"]) <= 128, told
    return Error(told["errorCode"], told["errorDescription"])


class Dfsp:
    """One participant that speaks FSPIOP, with a listener for its callbacks."""

    def __init__(self, hub: Hub, name: str, version: str = "1.1") -> None:
        self.hub, self.name, self.version = hub, name, version
        self.listener = Listener(lambda message: 202 if message.method in {"POST", "GET"} else 200)

    def headers(self, method: str, resource: str, to: str | None = None, **changed: str | None) -> dict[str, str]:
        """The headers of a request; `changed` replaces some of them (None leaves one out)."""
        found: dict[str, str | None] = {
            "Content-Type": media(resource, self.version),
            "Date": format_datetime(datetime.now(UTC), usegmt=True),
            "FSPIOP-Source": self.name,
            "FSPIOP-Destination": to,
        }
        if method in {"POST", "GET", "DELETE"}:
            found["Accept"] = media(resource, self.version)
        found |= {name.replace("_", "-"): value for name, value in changed.items()}
        return {name: value for name, value in found.items() if value is not None}

    def send(
        self, method: str, path: str, body: Any = None, to: str | None = None, **changed: str | None
    ) -> requests.Response:
        """One call of the hub; a body of bytes goes as it is."""
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        resource = path.split("/")[1].partition("?")[0]
        headers = self.headers(method, resource, to, **changed)
        return call(self.hub, method, path, headers, content)

    def gets(self, method: str, path: str, times: int = 1) -> Message:
        """The message of that method and path, now or soon; of several the last of so many `times`."""
        self.listener.wait(lambda each: each.path == path and len(self.got(method, path)) >= times)
        return self.got(method, path)[times - 1]

    def got(self, method: str, path: str) -> list[Message]:
        """Every message of that method and path so far."""
        return self.listener.all(lambda each: (each.method, each.path) == (method, path))

    def refused(self, path: str) -> Error:
        """The error callback on that path."""
        return error_of(self.gets("PUT", f"{path}/error").body)

    def settled(self) -> None:
        """Return when everything the hub had to tell before is told: a query is answered last."""
        path = f"/transfers/{new_id()}"
        assert self.send("GET", path, to="Hub").status_code == 202
        self.gets("PUT", f"{path}/error")

    def prepare(self, payee: str, units: str = "10", **changed: Any) -> dict[str, Any]:
        """The body of a POST /transfers to that payee."""
        found = {
            "transferId": new_id(),
            "payerFsp": self.name,
            "payeeFsp": payee,
            "amount": {"currency": "USD", "amount": units},
            "ilpPacket": "AYICbQAAAAAAAAPoHGcucGF5ZWVmc3AubXNpc2RuLjIyNTU2OTk5MTI1ggIxZXk",
            "condition": CONDITION,
            "expiration": moment(seconds=60),
        }
        return {name: value for name, value in (found | changed).items() if value is not None}

    def pay(self, payee: "Dfsp", units: str = "10", **changed: Any) -> str:
        """Send a transfer that is reserved and reaches the payee; its id."""
        body = self.prepare(payee.name, units, **changed)
        answer = self.send("POST", "/transfers", body, payee.name)
        assert answer.status_code == 202, answer.text
        payee.listener.wait(lambda each: each.path == "/transfers" and each.json["transferId"] == body["transferId"])
        return str(body["transferId"])

    def fulfil(self, transfer: str, payer: "Dfsp", state: str = "COMMITTED", **changed: Any) -> requests.Response:
        """Accept a transfer."""
        body = {"transferState": state, "fulfilment": FULFILMENT, "completedTimestamp": moment(), **changed}
        body = {name: value for name, value in body.items() if value is not None}
        return self.send("PUT", f"/transfers/{transfer}", body, payer.name)


def call(hub: Hub, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> requests.Response:
    """One raw call of the hub's FSPIOP port, with these headers only."""
    request = requests.Request(method, hub.fspiop + path, data=body).prepare()
    request.headers = requests.structures.CaseInsensitiveDict(headers)
    if body is not None:
        request.headers.setdefault("Content-Length", str(len(body)))
    with requests.Session() as session:
        return session.send(request, timeout=WAIT_S)


class Scheme:
    """Makes participants as a test needs them and hangs up their listeners at its end."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._made: list[Dfsp] = []
        self._listeners: list[Listener] = []

    def dfsp(
        self, prefix: str = "fsp", *, funds: int = 1000, cap: int = 1000, currency: str = "USD", version: str = "1.1",
        without: tuple[str, ...] = (),
    ) -> Dfsp:  # fmt: skip
        """A new DFSP with an account, a deposit and all its endpoints (`without`: all but these)."""
        found = Dfsp(self.hub, fresh(prefix), version)
        self._made.append(found)
        self.hub.add(found.name, currency, cap=cap, funds=funds)
        listed = [
            {"type": f"FSPIOP_CALLBACK_URL_{kind}", "value": found.listener.url + path}
            for kind, path in ENDPOINTS.items()
            if kind not in without
        ]
        self.hub.operate("POST", f"/participants/{found.name}/endpoints", listed)
        return found

    def adopt(self, found: Dfsp) -> None:
        """Hang up this one too at the end."""
        self._made.append(found)

    def pair(self, **changed: Any) -> tuple[Dfsp, Dfsp]:
        """A payer and a payee."""
        return self.dfsp("payer", **changed), self.dfsp("payee", **changed)

    def oracle(
        self, answer: Callable[[Message], int | tuple[int, bytes]], kind: str, currency: str | None = None
    ) -> Listener:
        """An HTTP oracle for a party type."""
        listener = Listener(answer)
        self._listeners.append(listener)
        body = {"oracleIdType": kind, "endpoint": {"value": listener.url, "endpointType": "URL"}, "currency": currency}
        self.hub.operate("POST", "/oracles", {name: value for name, value in body.items() if value is not None})
        return listener

    def close(self) -> None:
        """Hang up, and take the HTTP oracles out of use."""
        urls = {listener.url for listener in self._listeners}
        for oracle in self.hub.operate("GET", "/oracles").json():
            if oracle["endpoint"]["value"] in urls:
                self.hub.operate("DELETE", f"/oracles/{oracle['oracleId']}")
        for listener in (*self._listeners, *(each.listener for each in self._made)):
            listener.close()
