"""A provider of conversions as a stranger would write it: it prices what it is asked and fulfils what it is ordered.

`rate` and `done` say what it answers; each may be changed, or None to stay silent.
"""

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.e2e.fspiop_hub import CONDITION, FULFILMENT, Dfsp, moment
from tests.e2e.hub import Hub, Message
from tests.e2e.wallet_side import Answer

RATE = Decimal(129)
CHARGE = Decimal("0.5")


class Provider:
    """Makes a DFSP answer as FXP at a fixed rate, its charge in the source currency included."""

    def __init__(self, dfsp: Dfsp, hub: Hub, *currencies: str) -> None:
        self.dfsp = dfsp
        self.rate: Callable[[dict[str, Any]], Answer] = self.priced
        self.done: Callable[[dict[str, Any]], Answer] = self.fulfilled
        dfsp.listener.answer = self._called
        for currency in currencies:
            hub.add(dfsp.name, currency, cap=1_000_000, funds=1_000_000)
        hub.operate("PUT", f"/participants/{dfsp.name}/services", {"services": ["FXP"]})

    def reset(self) -> None:
        """Answer everything well again."""
        self.rate, self.done = self.priced, self.fulfilled

    @staticmethod
    def priced(asked: dict[str, Any]) -> dict[str, Any]:
        """The conversion with both amounts."""
        terms = asked["conversionTerms"]
        source, target = terms["sourceAmount"], terms["targetAmount"]
        if terms["amountType"] == "SEND":
            got = (Decimal(source["amount"]) - CHARGE) * RATE
            target = target | {"amount": text(got.quantize(Decimal("0.01")))}
        else:
            given = (Decimal(target["amount"]) / RATE + CHARGE).quantize(Decimal("0.01"))
            source = source | {"amount": text(given)}
        charge = {"chargeType": "FX margin", "sourceAmount": {"currency": source["currency"], "amount": text(CHARGE)}}
        agreed = {"sourceAmount": source, "targetAmount": target, "charges": [charge], "expiration": moment(seconds=60)}
        return {"conversionTerms": terms | agreed, "condition": CONDITION}

    @staticmethod
    def fulfilled(_: dict[str, Any]) -> Answer:
        """The right preimage."""
        return {"conversionState": "RESERVED", "fulfilment": FULFILMENT, "completedTimestamp": moment()}

    def patched(self, conversion: str) -> str:
        """The state in which the hub says the conversion has ended."""
        found = self.dfsp.listener.wait(lambda m: (m.method, m.path) == ("PATCH", f"/fxTransfers/{conversion}"))
        return str(found.json["conversionState"])

    def ordered(self, transfer: str) -> dict[str, Any]:
        """The conversion that was ordered for a transfer."""
        found = self.dfsp.listener.wait(
            lambda m: m.path == "/fxTransfers" and m.json["determiningTransferId"] == transfer
        )
        return dict(found.json)

    def _called(self, message: Message) -> int:
        threading.Thread(target=self._answer, args=(message,), daemon=True).start()
        return 202 if message.method == "POST" else 200

    def _answer(self, message: Message) -> None:
        source = message.headers["fspiop-source"]
        match message.method, message.path:
            case "POST", "/fxQuotes":
                self._put(f"/fxQuotes/{message.json['conversionRequestId']}", self.rate(message.json), source)
            case "POST", "/fxTransfers":
                self._put(f"/fxTransfers/{message.json['commitRequestId']}", self.done(message.json), source)

    def _put(self, path: str, body: Answer, to: str) -> None:
        if body is not None:
            self.dfsp.send("PUT", f"{path}/error" if "errorInformation" in body else path, body, to)


def text(amount: Decimal) -> str:
    """The amount as FSPIOP writes it: without trailing zeros."""
    found = f"{amount:f}"
    return found.rstrip("0").rstrip(".") if "." in found else found
