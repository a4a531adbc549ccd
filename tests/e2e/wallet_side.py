"""A wallet provider that is paid: it answers lookup, quote and transfer by itself; and a judge of bodies.

`quote`, `party` and `done` say what it answers; each may be changed, or None to stay silent.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.e2e.bank_side import Bank
from tests.e2e.fspiop_hub import CONDITION, FULFILMENT, Dfsp, moment, new_id
from tests.e2e.hub import Message

PACKET = "AYICbQAAAAAAAAPoHGcucGF5ZWVmc3AubXNpc2RuLjIyNTU2OTk5MTI1ggIxZXk"
ACCOUNT = "0990001234"
Answer = dict[str, Any] | None


class Wallet:
    """Makes a DFSP answer as payee."""

    def __init__(self, dfsp: Dfsp) -> None:
        self.dfsp = dfsp
        self.party: Callable[[str], Answer] = self.customer
        self.quote: Callable[[dict[str, Any]], Answer] = self.terms
        self.done: Callable[[dict[str, Any]], Answer] = self.fulfilled
        dfsp.listener.answer = self._called

    def reset(self) -> None:
        """Answer everything well again."""
        self.party, self.quote, self.done = self.customer, self.terms, self.fulfilled

    def customer(self, identifier: str) -> Answer:
        """A person with a name."""
        who = {"partyIdType": "MSISDN", "partyIdentifier": identifier, "fspId": self.dfsp.name}
        return {"party": {"partyIdInfo": who, "name": "Amina Okello"}}

    @staticmethod
    def terms(quote: dict[str, Any]) -> Answer:
        """What is asked for, without a fee."""
        return {
            "transferAmount": quote["amount"],
            "payeeReceiveAmount": quote["amount"],
            "expiration": moment(seconds=60),
            "ilpPacket": PACKET,
            "condition": CONDITION,
        }

    @staticmethod
    def fulfilled(_: dict[str, Any]) -> Answer:
        """The right preimage."""
        return {"transferState": "COMMITTED", "fulfilment": FULFILMENT, "completedTimestamp": moment()}

    def _called(self, message: Message) -> int:
        threading.Thread(target=self._answer, args=(message,), daemon=True).start()
        return 202 if message.method in {"GET", "POST"} else 200

    def _answer(self, message: Message) -> None:
        source = message.headers["fspiop-source"]
        path = message.path.partition("?")[0]
        match message.method, path.split("/")[1]:
            case "GET", "parties":
                self._put(path, self.party(path.split("/")[3]), source)
            case "POST", "quotes":
                self._put(f"/quotes/{message.json['quoteId']}", self.quote(message.json), source)
            case "POST", "transfers":
                self._put(f"/transfers/{message.json['transferId']}", self.done(message.json), source)

    def _put(self, path: str, body: Answer, to: str) -> None:
        if body is not None:
            self.dfsp.send("PUT", f"{path}/error" if "errorInformation" in body else path, body, to)


def error(code: str, text: str = "no") -> Callable[[Any], Answer]:
    """An answer that refuses."""
    return lambda _: {"errorInformation": {"errorCode": code, "errorDescription": text}}


def silent(_: Any) -> None:
    """No answer at all."""


class Quoted(NamedTuple):
    """A quote the hub gave for the bank."""

    request: dict[str, Any]
    terms: dict[str, Any]

    def transfer(self, wallet: Dfsp, bank: Bank, **changed: Any) -> dict[str, Any]:
        """The body that uses it."""
        return {
            "transferId": new_id(),
            "payerFsp": wallet.name,
            "payeeFsp": bank.name,
            "amount": self.terms["transferAmount"],
            "ilpPacket": self.terms["ilpPacket"],
            "condition": self.terms["condition"],
            "expiration": moment(seconds=30),
            **changed,
        }


def asked(wallet: Dfsp, bank: Bank, amount: str = "10", currency: str = "USD", **changed: Any) -> dict[str, Any]:
    """The body of a POST /quotes."""
    payer = {"partyIdType": "MSISDN", "partyIdentifier": "254722000002", "fspId": wallet.name}
    payee = {"partyIdType": "ACCOUNT_ID", "partyIdentifier": ACCOUNT, "fspId": bank.name}
    return {
        "quoteId": new_id(),
        "transactionId": new_id(),
        "payer": {"partyIdInfo": payer, "name": "Juma Mwangi"},
        "payee": {"partyIdInfo": payee, "name": "Kato Millers"},
        "amountType": "RECEIVE",
        "amount": {"currency": currency, "amount": amount},
        "transactionType": {"scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER"},
        "note": "for the maize",
        **changed,
    }


def quoted(wallet: Dfsp, bank: Bank, amount: str = "10", **changed: Any) -> Quoted:
    """Ask for a quote and get it."""
    body = asked(wallet, bank, amount, **changed)
    assert wallet.send("POST", "/quotes", body, bank.name).status_code == 202
    return Quoted(body, wallet.gets("PUT", f"/quotes/{body['quoteId']}").json)


def sent(wallet: Dfsp, body: dict[str, Any]) -> str:
    """Send a transfer; its id."""
    response = wallet.send("POST", "/transfers", body, body["payeeFsp"])
    assert response.status_code == 202, response.text
    return str(body["transferId"])


def outcome(wallet: Dfsp, transfer: str) -> dict[str, Any]:
    """What the payer is told of a transfer that went well."""
    return dict(wallet.gets("PUT", f"/transfers/{transfer}").json)


class Definition:
    """One published API definition; `problems` holds a body against one of its schemas."""

    def __init__(self, file: Path) -> None:
        self._schemas = yaml.load(file.read_text(), yaml.CSafeLoader)["components"]["schemas"]

    def problems(self, name: str, body: bytes) -> list[str]:
        """What the schema does not allow in that body; empty if all is right."""
        return list(self._check(json.loads(body), {"$ref": f"#/{name}"}, name))

    def _check(self, value: Any, schema: dict[str, Any], path: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]]
        for part in schema.get("allOf", ()):
            yield from self._check(value, part, path)
        match schema.get("type"):
            case "object":
                known = schema.get("properties", {})
                yield from (f"{path}.{name} is missing" for name in schema.get("required", ()) if name not in value)
                yield from (f"{path}.{name} is not known" for name in value if known and name not in known)
                for name in value:
                    yield from self._check(value[name], known.get(name, {}), f"{path}.{name}")
            case "array":
                if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 1000):
                    yield f"{path} has {len(value)} items"
                for number, item in enumerate(value):
                    yield from self._check(item, schema["items"], f"{path}[{number}]")
            case "string":
                fits = isinstance(value, str) and re.search(schema.get("pattern", ""), value)
                if not fits or not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1 << 20):
                    yield f"{path} is {value!r}"
                if "enum" in schema and value not in schema["enum"]:
                    yield f"{path} is {value!r}, none of {schema['enum']}"
