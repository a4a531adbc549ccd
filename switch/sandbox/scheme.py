"""A whole scheme on one hub: two banks, two DFSPs, a provider of conversions, onboarded, with each other's keys."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from fractions import Fraction
from pathlib import Path
from typing import Final

import msgspec

from fspiop.messages.participants import ParticipantPost
from schemas.canonical.money import Money
from switch.sandbox.agreement import Customer
from switch.sandbox.bank import SandboxBank
from switch.sandbox.dfsp import SandboxDfsp
from switch.sandbox.fspiop_wire import FspiopWire
from switch.sandbox.fxp import Rates, SandboxFxp
from switch.sandbox.keys import KeyPair, rsa_keys
from switch.sandbox.letters import Order, institution
from switch.sandbox.onboarding import Hub, OnboardingError, Operator
from switch.sandbox.tape import Tape

BLUE, GREEN, RED = "bluebank", "greenbank", "redbank"
PINK, YELLOW = "pinkwallet", "yellowwallet"
GOLD = "goldexchange"
BICS: Final = {BLUE: "BLUEKENA", GREEN: "GRENUGKA"}
THREE: Final = BICS | {RED: "REDBTZTZ"}
"""The banks of a larger scheme."""
VERSIONS: Final = {PINK: "1.1", YELLOW: "2.0"}
CUSTOMERS: Final = {
    PINK: Customer("256772000001", "Amina", "Okello"),
    YELLOW: Customer("254722000002", "Juma", "Mwangi"),
}
ACCOUNTS: Final = {
    BLUE: ("Wanjiru Traders", "0110000001"),
    GREEN: ("Kato Millers", "0220000002"),
    RED: ("Asha Stores", "0330000003"),
}
WORTH: Final = {"USD": Fraction(1), "EUR": Fraction(108, 100), "KES": Fraction(1, 129), "XOF": Fraction(1, 600)}
"""What one unit of a currency is worth in dollars, as the provider sees it."""
CHARGE: Final = Money(5_000, "USD")
"""What the provider keeps of a conversion out of dollars."""
PARTY_TYPES: Final = ("MSISDN", "ACCOUNT_ID", "IBAN")
FUNDS_UNITS: Final = 100_000_000_000
CAP_UNITS: Final = 100_000_000_000


class Scheme(msgspec.Struct, frozen=True):
    """The running counterparties; `operator` is the hub's operator."""

    hub: Hub
    operator: Operator
    banks: dict[str, SandboxBank]
    dfsps: dict[str, SandboxDfsp]
    fxp: SandboxFxp

    def order(self, payer: str, amount: Money, payee: str) -> Order:
        """A bank's order to pay the first customer of another participant."""
        debtor, account = ACCOUNTS[payer]
        if payee in ACCOUNTS:
            creditor, number = ACCOUNTS[payee]
            return Order(
                amount,
                debtor,
                account,
                creditor,
                creditor_account=number,
                creditor_agent=institution(self.banks[payee].bic),
                remittance="invoice 4711",
            )
        customer = CUSTOMERS[payee]
        creditor = f"{customer.first_name} {customer.last_name}"
        return Order(amount, debtor, account, creditor, msisdn=customer.identifier, remittance="invoice 4711")

    def record(self, tape: Tape) -> None:
        """Put on a tape what everybody says and hears, from now on."""
        for one in (*self.banks.values(), *self.dfsps.values(), self.fxp):
            one.record(tape)

    @property
    def names(self) -> list[str]:
        """Everybody, banks first."""
        return [*self.banks, *self.dfsps, self.fxp.name]

    async def settle_down(self, seconds: float = 5) -> None:
        """Wait until no position moves any more."""
        before: list[int] = []
        async with asyncio.timeout(seconds):
            while True:
                accounts = await asyncio.gather(*(self.operator.every_account(name) for name in self.names))
                found = [account.units for each in accounts for account in each]
                if found == before:
                    return
                before = found
                await asyncio.sleep(0.05)


@asynccontextmanager
async def open_scheme(
    hub: Hub,
    currencies: Iterable[str],
    *,
    hub_certificates: Iterable[str] = (),
    hub_jws_keys: Iterable[str] = (),
    journals: Path | None = None,
    bics: Mapping[str, str] = BICS,
) -> AsyncIterator[Scheme]:
    """Start the counterparties, onboard them in these currencies, and stop them at the end; `bics` are the banks'."""
    currencies, names = tuple(dict.fromkeys(currencies)), (*bics, *VERSIONS, GOLD)
    # making an RSA key takes a while and needs no loop
    keys = await asyncio.gather(*(asyncio.to_thread(rsa_keys, name) for name in names))
    async with AsyncExitStack() as stack:
        operator = await stack.enter_async_context(Operator(hub))
        banks, dfsps, fxp = _counterparties(hub, bics, dict(zip(names, keys, strict=True)), journals)
        for bank in banks.values():
            await stack.enter_async_context(bank)
        for dfsp in dfsps.values():
            await stack.enter_async_context(dfsp)
        await stack.enter_async_context(fxp)
        scheme = Scheme(hub, operator, banks, dfsps, fxp)
        await onboard(scheme, currencies)
        await _exchange_keys(scheme, tuple(hub_certificates), tuple(hub_jws_keys))
        await _register_parties(scheme)
        yield scheme


def _counterparties(
    hub: Hub, bics: Mapping[str, str], keys: dict[str, KeyPair], journals: Path | None
) -> tuple[dict[str, SandboxBank], dict[str, SandboxDfsp], SandboxFxp]:
    def journal(name: str) -> Path | None:
        return journals / f"{name}.jsonl" if journals else None

    banks = {
        name: SandboxBank(
            name,
            bic,
            iso_url=hub.iso_url,
            hub_name=hub.name,
            keys=keys[name],
            journal=journal(name),
        )
        for name, bic in bics.items()
    }
    dfsps = {
        name: SandboxDfsp(
            name,
            version,
            fspiop_url=hub.fspiop_url,
            customers=(CUSTOMERS[name],),
            word="RESERVED" if name == YELLOW else "COMMITTED",
            keys=keys[name],
            journal=journal(name),
        )
        for name, version in VERSIONS.items()
    }
    fxp = SandboxFxp(
        GOLD, fspiop_url=hub.fspiop_url, rates=rates(), charge=CHARGE, keys=keys[GOLD], journal=journal(GOLD)
    )
    return banks, dfsps, fxp


def rates() -> Rates:
    """From each currency that has a worth to each other one."""
    return {(one, other): WORTH[one] / WORTH[other] for one in WORTH for other in WORTH if one != other}


async def onboard(scheme: Scheme, currencies: Sequence[str]) -> None:
    """Hub accounts, participants with caps and funds, addresses and keys; repeatable."""
    operator = scheme.operator

    async def enter(name: str) -> None:
        for currency in currencies:
            await operator.add_participant(name, Money(CAP_UNITS, currency), Money(FUNDS_UNITS, currency))
        if name in scheme.banks:
            await operator.connect_bank(name, scheme.banks[name].profile())
        else:
            one = scheme.fxp if name == GOLD else scheme.dfsps[name]
            await operator.connect_dfsp(name, one.url, [one.keys.public_pem])
        if name == GOLD:
            await operator.offer(name, "FXP")

    await operator.prepare_scheme(currencies)
    await asyncio.gather(
        *(enter(name) for name in scheme.names), *(operator.register_oracle(kind) for kind in PARTY_TYPES)
    )


async def _exchange_keys(scheme: Scheme, certificates: tuple[str, ...], jws_keys: tuple[str, ...]) -> None:
    for bank in scheme.banks.values():
        bank.trust_hub(certificates)
    gateway = {name: await scheme.operator.keys(name) for name in scheme.banks}
    speakers: list[SandboxDfsp | SandboxFxp] = [*scheme.dfsps.values(), scheme.fxp]
    for one in speakers:
        one.wire.trust(scheme.hub.name, jws_keys)
        for name, pems in gateway.items():
            one.wire.trust(name, pems)
        for other in speakers:
            one.wire.trust(other.name, [other.keys.public_pem])


async def _register_parties(scheme: Scheme) -> None:
    """Wallets by their DFSPs; the banks' accounts by the operator, since a bank speaks no FSPIOP."""
    for name, dfsp in scheme.dfsps.items():
        if not await dfsp.register(CUSTOMERS[name].identifier):
            raise OnboardingError(f"{name}: the hub did not confirm the registration of {CUSTOMERS[name].identifier}")
    for name in scheme.banks:
        await register_account(scheme, name, ACCOUNTS[name][1])


async def register_account(scheme: Scheme, bank: str, number: str) -> None:
    """Enter a bank's account in the hub's registry, so that DFSPs find it."""
    wire = FspiopWire(bank, scheme.hub.fspiop_url, "1.1", scheme.banks[bank].keys, signing=False)
    wire.start()
    try:
        body = msgspec.json.encode(ParticipantPost(bank))
        answer = await wire.send("POST", f"/participants/ACCOUNT_ID/{number}", None, body)
        if answer.status != 202:
            raise OnboardingError(f"{bank}: account {number} was not registered: {answer.status} {answer.error_code}")
    finally:
        await wire.stop()
