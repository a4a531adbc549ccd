"""A bank whose payments change their currency, and everybody it takes, on a hub where nobody else converts."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from tests.e2e.bank_side import Bank, Payment, account, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub, running_hub
from tests.e2e.provider_side import CHARGE, RATE, Provider
from tests.e2e.wallet_side import Wallet

SOURCE, TARGET = "USD", "KES"
PHONE = "254700000177"
GIVEN = Decimal(10)
GOT = (GIVEN - CHARGE) * RATE


class Stage:
    """A bank that holds dollars, another bank and a wallet provider that hold shillings, a provider that holds both."""

    def __init__(self, hub: Hub) -> None:
        self.hub, self.scheme = hub, Scheme(hub)
        self.bank = Bank(hub, "fxalpha", "FXAAKENA")
        self.creditor = Bank(hub, "fxbeta", "FXBBKENA")
        hub.add(self.creditor.name, TARGET)
        self.wallet = Wallet(self.scheme.dfsp("wallet", version="2.0", currency=TARGET, funds=10_000, cap=10_000))
        self.provider = Provider(self.scheme.dfsp("fxp", version="2.0"), hub, TARGET)
        self.wallet.party = self.customer
        assert self.wallet.dfsp.send("POST", f"/participants/MSISDN/{PHONE}", self._entry()).status_code == 202
        self.wallet.dfsp.gets("PUT", f"/participants/MSISDN/{PHONE}")

    def _entry(self) -> dict:
        return {"fspId": self.wallet.dfsp.name}

    def reset(self) -> None:
        self.wallet.reset()
        self.provider.reset()
        self.wallet.party = self.customer
        self.creditor.accept_all()

    def customer(self, identifier: str) -> dict:
        found = self.wallet.customer(identifier)
        found["party"]["supportedCurrencies"] = [TARGET]
        return found

    def pay(self, **changes: str) -> Payment:
        """To a wallet that is held in shillings, as its account's currency says."""
        changes = {"creditor_account": proxy(PHONE, TARGET), **changes}
        payment = self.bank.pay(changes.pop("creditor_agent", other("NOTPROVIDED")), **changes)
        self.bank.send(payment.text)
        return payment

    def positions(self, payee: str = "") -> list[Decimal]:
        """Bank, provider, provider, payee."""
        fxp = self.provider.dfsp.name
        held = [
            (self.bank.name, SOURCE), (fxp, SOURCE), (fxp, TARGET), (payee or self.wallet.dfsp.name, TARGET),
        ]  # fmt: skip
        return [self.hub.position(name, currency) for name, currency in held]

    def moved(self, before: list[Decimal], payee: str = "") -> list[Decimal]:
        return [now - then for now, then in zip(self.positions(payee), before, strict=True)]


def proxy(number: str, currency: str = "") -> str:
    """CdtrAcct content: a mobile number, and the currency of the account if given."""
    held = f"<Ccy>{currency}</Ccy>" if currency else ""
    return f"{account(number)}{held}<Prxy><Tp><Cd>MBNO</Cd></Tp><Id>+{number}</Id></Prxy>"


def ordering(amount: str, currency: str = TARGET) -> dict[str, str]:
    """A place of the template before ChrgBr, where InstdAmt stands."""
    return {"times": f'<InstdAmt Ccy="{currency}">{amount}</InstdAmt>'}


def even(hub: Hub) -> bool:
    """Whether each currency sums to zero over all positions, and nothing is reserved."""
    names = [one["name"] for one in hub.operate("GET", "/participants").json() if one["name"] != "Hub"]
    listed = [each for name in names for each in hub.operate("GET", f"/participants/{name}/accounts").json()]
    held = [each for each in listed if each["ledgerAccountType"] == "POSITION"]
    sums = {each["currency"]: Decimal(0) for each in held}
    for each in held:
        sums[each["currency"]] += Decimal(str(each["value"]))
    return not any(sums.values()) and not any(Decimal(str(each["reservedValue"])) for each in held)


@contextmanager
def open_stage(data: Path) -> Iterator[Stage]:
    """Start the hub and everybody; at the end the books must be even."""
    with running_hub(data) as hub:
        found = Stage(hub)
        yield found
        assert even(hub)
        found.scheme.close()
