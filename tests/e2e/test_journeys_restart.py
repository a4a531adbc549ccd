"""What a hub took it delivers, also after it was stopped: answers wait, agreements stay good under older keys."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.bank_side import Bank, bic, in_seconds
from tests.e2e.fspiop_hub import Dfsp, Scheme
from tests.e2e.hub import Hub, running_hub
from tests.e2e.wallet_side import Quoted, asked, outcome, sent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture
def own_hub(tmp_path: Path) -> Iterator[Hub]:
    """Return a hub that a test may stop."""
    with running_hub(tmp_path) as found:
        yield found


def test_restart_loses_nothing_and_forgets_nothing(own_hub: Hub):
    payer, payee = Bank(own_hub, "rstalpha", "RSTAKENA"), Bank(own_hub, "rstbeta", "RSTBUGKA")
    scheme = Scheme(own_hub)
    wallet: Dfsp = scheme.dfsp("rstwallet")
    payer.listener.answer = lambda _: 503
    body = asked(wallet, payee)
    wallet.send("POST", "/quotes", body, payee.name)
    quote = Quoted(body, wallet.gets("PUT", f"/quotes/{body['quoteId']}").json)

    refused = payer.pay(bic("NOBOUGKA"))
    payer.send(refused.text)
    settled, expiring = payer.pay(bic("RSTBUGKA")), payer.pay(bic("RSTBUGKA"), times=in_seconds(4))
    for payment in (settled, expiring):
        payer.send(payment.text)
        payee.payment(payment.uetr)
    payee.answer(settled.uetr, "ACSC")
    payee.told(settled.uetr)
    payee.listener.answer = lambda _: 503
    waiting = payer.pay(bic("RSTBUGKA"))
    name = payer.send(waiting.text)
    positions = own_hub.position("rstalpha"), own_hub.position("rstbeta")

    assert own_hub.stop() == 0
    before = len(payer.listener.got)
    payer.listener.answer = payee.listener.answer = lambda _: 202
    time.sleep(1)
    ring = own_hub.data / "keys" / "fulfilment"
    (ring / "29991231T000000Z.key").write_bytes(b"n" * 32)
    own_hub.start()

    told = {payment.uetr: _after(payer, before, payment.uetr) for payment in (refused, settled)}
    assert told == {refused.uetr: ("RJCT", "RC04"), settled.uetr: ("ACSC", "")}
    assert _after(payer, before, expiring.uetr) == ("RJCT", "AB05")
    assert (own_hub.position("rstalpha"), own_hub.position("rstbeta")) == (positions[0] - 10, positions[1])
    payee.listener.wait(lambda m: waiting.uetr.encode() in m.body and b"CdtTrfTxInf" in m.body)
    payee.answer(waiting.uetr, "ACSC")
    assert _after(payer, before, waiting.uetr) == ("ACSC", "")
    assert payer.query(name).json()["state"] == "COMMITTED"
    known = len(payer.reports(settled.uetr))
    payer.send(settled.text)
    assert payer.told(settled.uetr, known + 1).status == "ACSC"

    transfer = sent(wallet, quote.transfer(wallet, payee))
    payee.payment(transfer)
    payee.answer(transfer, "ACSC")
    assert outcome(wallet, transfer)["transferState"] == "COMMITTED"
    scheme.close()


def _after(bank: Bank, before: int, uetr: str) -> tuple[str, str]:
    """Status and code of what the bank was told about a payment since then."""
    seen = sum(1 for message in bank.listener.got[:before] if uetr.encode() in message.body)
    found = bank.told(uetr, seen + 1)
    return found.status, found.code
