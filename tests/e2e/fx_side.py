"""Three participants and two currencies: who converts, who pays, who is paid, as strangers would write them."""

from decimal import Decimal
from typing import Any

import requests

from tests.e2e.fspiop_hub import CONDITION, FULFILMENT, Dfsp, Scheme, moment, new_id
from tests.e2e.hub import Message

SOURCE, TARGET = "USD", "KES"
GIVEN, GOT = "10", "1290.5"
FX = "fxTransfers"


class Trade:
    """A payer that holds dollars, a payee that holds shillings, and a provider that holds both.

    `fx` and `transfer` are the ids of the conversion and of the transfer that determines it.
    """

    def __init__(self, scheme: Scheme, **money: Any) -> None:
        self.hub = scheme.hub
        self.payer = scheme.dfsp("payer", version="2.0", **money)
        self.payee = scheme.dfsp("payee", version="2.0", currency=TARGET, funds=10_000, cap=10_000)
        self.fxp = scheme.dfsp("fxp", version="2.0")
        self.hub.add(self.fxp.name, TARGET, cap=10_000, funds=10_000)
        self.fx, self.transfer = new_id(), new_id()

    @property
    def at(self) -> str:
        """The path of the conversion."""
        return f"/{FX}/{self.fx}"

    @property
    def to(self) -> str:
        """The path of the transfer."""
        return f"/transfers/{self.transfer}"

    def conversion(self, by: Dfsp | None = None, **changed: Any) -> dict[str, Any]:
        """The body of POST /fxTransfers."""
        found = {
            "commitRequestId": self.fx,
            "determiningTransferId": self.transfer,
            "initiatingFsp": (by or self.payer).name,
            "counterPartyFsp": self.fxp.name,
            "sourceAmount": {"currency": SOURCE, "amount": GIVEN},
            "targetAmount": {"currency": TARGET, "amount": GOT},
            "condition": CONDITION,
            "expiration": moment(seconds=60),
        }
        return {name: value for name, value in (found | changed).items() if value is not None}

    def order(self, by: Dfsp | None = None, **changed: Any) -> requests.Response:
        """Order the conversion."""
        return (by or self.payer).send("POST", f"/{FX}", self.conversion(by, **changed), self.fxp.name)

    def ask(self, by: Dfsp | None = None, **changed: Any) -> requests.Response:
        """Order the conversion; returns when the provider has it."""
        answer = self.order(by, **changed)
        self.fxp.listener.wait(lambda each: each.path == f"/{FX}" and each.json["commitRequestId"] == self.fx)
        return answer

    def agree(self, state: str = "RESERVED", to: Dfsp | None = None, **changed: Any) -> requests.Response:
        """The provider fulfils."""
        body = {"conversionState": state, "fulfilment": FULFILMENT, "completedTimestamp": moment(), **changed}
        return self.fxp.send("PUT", self.at, body, (to or self.payer).name)

    def ready(self) -> None:
        """Until the payer knows that its conversion waits."""
        self.ask()
        self.agree()
        self.payer.gets("PUT", self.at)

    def transfers(self, **changed: Any) -> requests.Response:
        """Order the transfer."""
        amount = {"currency": TARGET, "amount": GOT}
        body = self.payer.prepare(self.payee.name, transferId=self.transfer, **({"amount": amount} | changed))
        return self.payer.send("POST", "/transfers", body, self.payee.name)

    def pay(self, **changed: Any) -> requests.Response:
        """Order the transfer; returns when the payee has it."""
        answer = self.transfers(**changed)
        self.payee.listener.wait(lambda each: each.path == "/transfers")
        return answer

    def fly(self) -> None:
        """Until the payee has the transfer."""
        self.ready()
        self.pay()

    def positions(self) -> dict[str, Decimal]:
        """Every position, by role and currency."""
        held = {
            "payer": (self.payer, SOURCE), "fxp source": (self.fxp, SOURCE),
            "fxp target": (self.fxp, TARGET), "payee": (self.payee, TARGET),
        }  # fmt: skip
        return {role: self.hub.position(dfsp.name, currency) for role, (dfsp, currency) in held.items()}

    @property
    def moved(self) -> bool:
        """Whether the four movements are done; each currency sums to zero."""
        given, got = Decimal(GIVEN), Decimal(GOT)
        return list(self.positions().values()) == [given, -given, got, -got]

    @property
    def untouched(self) -> bool:
        """Whether nobody owes anybody."""
        return not any(self.positions().values())

    def told(self, dfsp: Dfsp, method: str, path: str) -> Message:
        """The hub's own message on that path."""
        return dfsp.listener.wait(
            lambda each: (each.method, each.path, each.headers["fspiop-source"]) == (method, path, "Hub")
        )

    def patched(self) -> dict[str, Any]:
        """What the provider hears in the end."""
        return dict(self.told(self.fxp, "PATCH", self.at).json)
