"""Payments that do not simply succeed, and what may become of one afterwards: between two banks, and with a DFSP."""

import asyncio
from typing import Final

from schemas.canonical.money import Money
from switch.demo.scenarios.stage import Scenario, Stage
from switch.sandbox.behaviour import ACCEPT, Behaviour, reject
from switch.sandbox.outcome import End
from switch.sandbox.returns import Desk
from switch.sandbox.scheme import BLUE, GREEN, YELLOW

_ONE: Final = 10_000
_AMOUNT: Final = Money(100 * _ONE, "USD")


async def _reject(stage: Stage) -> None:
    stage.scheme.banks[GREEN].scenario.default = reject("AC04", "account closed")
    await stage.pay(BLUE, GREEN, _AMOUNT, End.REFUSED, "AC04")
    stage.scheme.banks[GREEN].scenario.default = ACCEPT


async def _return(stage: Stage) -> None:
    """Thirty of a hundred come back; more than what is left does not."""
    blue, green = (Desk(stage.scheme.banks[name]) for name in (BLUE, GREEN))
    key = await stage.pay(BLUE, GREEN, _AMOUNT)
    given = await green.give_back(key, Money(30 * _ONE, "USD"), reason="AC04", text="account closed since")
    stage.must(given.end is End.SETTLED, f"the return ended {given.end} {given.code}")
    await stage.until(lambda: [*blue.returned.values()] == [30 * _ONE], "the payer's customer did not get thirty back")
    again = await green.give_back(key, Money(71 * _ONE, "USD"), reason="AC04")
    stage.must(again.end is End.REFUSED, f"more than was paid came back: {again.end} {again.code}")


async def _reversal(stage: Stage) -> None:
    """The payee's bank undoes a payment by a message of its own name, once."""
    blue, green = (Desk(stage.scheme.banks[name]) for name in (BLUE, GREEN))
    key = await stage.pay(BLUE, GREEN, _AMOUNT)
    undone = await green.reverse(key, reason="DUPL", text="it was paid twice")
    stage.must(undone.end is End.SETTLED, f"the reversal ended {undone.end} {undone.code}")
    await stage.until(lambda: [*blue.returned.values()] == [100 * _ONE], "the payer's customer did not get it back")
    again = await green.reverse(key, Money(_ONE, "USD"), reason="DUPL")
    stage.must(again.end is End.REFUSED, f"more than was paid came back: {again.end} {again.code}")


async def _return_of_wallet(stage: Stage) -> None:
    """A bank gives back what a wallet's customer paid: the wallet is paid with a refund."""
    green, wallet = Desk(stage.scheme.banks[GREEN]), stage.scheme.dfsps[YELLOW]
    key = await stage.pay(YELLOW, GREEN, _AMOUNT)
    given = await green.give_back(key, reason="AC04")
    stage.must(given.end is End.SETTLED, f"the return ended {given.end} {given.code}")
    refund = wallet.quotes[-1].transaction_type if wallet.quotes else None
    stage.must(refund is not None and refund.refund_info is not None, "the wallet was not told that it is a refund")


async def _status_request(stage: Stage) -> None:
    """While the payee's bank thinks, and when it has decided."""
    payer, payee = Desk(stage.scheme.banks[BLUE]), stage.scheme.banks[GREEN]
    payee.scenario.default = Behaviour(delay_s=1)
    order = stage.scheme.order(BLUE, _AMOUNT, GREEN)
    letter = payer.bank.write(order)
    paying = asyncio.create_task(payer.bank.send(letter))
    await stage.heard(payee.journal, "pacs.008", start=len(payee.journal.entries))
    (pending,) = await payer.ask(letter.key)
    stage.must(pending.status in {"PDNG", "ACSP", "ACTC"}, f"a payment on its way is {pending.status}")
    outcome = await paying
    payee.scenario.default = ACCEPT
    stage.must(outcome.end is End.SETTLED, f"the payment ended {outcome.end} {outcome.code}")
    (settled,) = await payer.ask(letter.key)
    stage.must(settled.status in {"ACSC", "ACCC"}, f"a settled payment is {settled.status}")


SCENARIOS: Final = (
    Scenario("reject", "The creditor's bank refuses", (BLUE, GREEN), "USD", (0, 0), _reject),
    Scenario("return", "Thirty of a hundred come back", (BLUE, GREEN), "USD", (70, -70), _return),
    Scenario("reversal", "The creditor's bank undoes a payment", (BLUE, GREEN), "USD", (0, 0), _reversal),
    Scenario("return-to-wallet", "A bank gives back to a wallet", (YELLOW, GREEN), "USD", (0, 0), _return_of_wallet),
    Scenario("status-request", "What became of it?", (BLUE, GREEN), "USD", (100, -100), _status_request),
)
