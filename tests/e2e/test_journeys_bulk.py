"""A wallet provider pays customers of a bank with one bulk: each item is a pacs.008, each pacs.002 one result."""

from collections.abc import Iterator

import pytest

from tests.e2e.bank_side import Bank
from tests.e2e.bulk_side import item, order, path, results
from tests.e2e.fspiop_hub import CONDITION, Dfsp, Scheme, moment
from tests.e2e.hub import Hub
from tests.e2e.wallet_side import ACCOUNT, quoted

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    found = Bank(hub, "bulkbank", "BULKUGKA")
    teller = Dfsp(hub, "bulkbank")
    teller.send("POST", f"/participants/ACCOUNT_ID/{ACCOUNT}", {"fspId": "bulkbank", "currency": "USD"})
    teller.listener.close()
    return found


@pytest.fixture
def wallet(hub: Hub) -> Iterator[Dfsp]:
    scheme = Scheme(hub)
    yield scheme.dfsp("payer", funds=1_000_000, cap=1_000_000)
    scheme.close()


def agreed(wallet: Dfsp, bank: Bank, amount: str) -> dict:
    """An item as the hub quoted it for the bank."""
    terms = quoted(wallet, bank, amount).terms
    return item(amount, ilpPacket=terms["ilpPacket"], condition=terms["condition"])


def sent(wallet: Dfsp, bank: Bank, *items: dict, **changed) -> dict:
    body = order(wallet, bank.name, *items, **changed)
    answer = wallet.send("POST", "/bulkTransfers", body, bank.name)
    assert answer.status_code == 202, answer.text
    return body


def test_each_item_is_paid_refused_or_expires_by_itself(hub: Hub, wallet: Dfsp, bank: Bank):
    before = hub.position(bank.name)
    paid, refused, silent = (agreed(wallet, bank, amount) for amount in ("12.5", "20", "30"))
    unquoted = item("5", condition=CONDITION)
    body = sent(wallet, bank, paid, refused, unquoted, silent, expiration=moment(seconds=6))
    for one in (paid, refused, silent):
        payment = bank.payment(one["transferId"]).decode()
        assert f">{'12.50' if one is paid else one['transferAmount']['amount'] + '.00'}<" in payment

    bank.answer(paid["transferId"], "ACSC")
    bank.answer(refused["transferId"], "RJCT", "AC04")
    assert bank.told(paid["transferId"]).status == "ACSC"
    assert wallet.got("PUT", path(body)) == []
    state, (first, second, third, fourth) = results(wallet, body)
    assert (state, first, third, fourth) == ("COMPLETED", "paid", "3100", "3303")
    assert second.startswith("5")
    assert bank.told(silent["transferId"]).code == "AB05"
    assert (hub.position(wallet.name), hub.position(bank.name) - before) == (12.5, -12.5)
    assert [each for each in wallet.listener.got if each.path.startswith("/transfers")] == []


def test_a_bulk_whose_items_a_bank_was_never_quoted_for_is_rejected(wallet: Dfsp, bank: Bank):
    body = sent(wallet, bank, item(), item())
    assert results(wallet, body) == ("REJECTED", ["3100", "3100"])


def test_a_bulk_too_large_to_go_item_by_item_is_refused(wallet: Dfsp, bank: Bank):
    packet = "A" * 30_000
    body = sent(wallet, bank, *(item(ilpPacket=packet) for _ in range(70)))
    assert wallet.refused(path(body)).code == "3104"
