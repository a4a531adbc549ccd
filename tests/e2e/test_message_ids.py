"""A MsgId is used once a day by each bank: another message under it is refused in the words of that message."""

from collections.abc import Iterator

import pytest

from tests.e2e.bank_side import Bank, bic, by_phone, moment, new_id, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub
from tests.e2e.pain_side import answers, ask, asked_of
from tests.e2e.return_side import asking, by
from tests.e2e.test_many_payments import group_of, together
from tests.e2e.wallet_side import Wallet

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PHONE = "256772000998"


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "midalpha", "MIDALKEN")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    bank = Bank(hub, "midbeta", "MIDBEUGK")
    bank.accept_all()
    return bank


@pytest.fixture(scope="module")
def wallet(hub: Hub) -> Iterator[Wallet]:
    scheme = Scheme(hub)
    found = Wallet(scheme.dfsp("midwallet", funds=1_000_000, cap=1_000_000))
    found.dfsp.send("POST", f"/participants/MSISDN/{PHONE}", {"fspId": found.dfsp.name, "currency": "USD"})
    found.dfsp.gets("PUT", f"/participants/MSISDN/{PHONE}")
    yield found
    scheme.close()


def test_another_payment_under_it_is_refused_and_uses_up_no_id(
    hub: Hub, payer: Bank, payee: Bank, wallet: Wallet
) -> None:
    first = payer.pay(bic(payee.bic))
    payer.send(first.text)
    assert payer.told(first.uetr).status == "ACSC"
    before = hub.position(payer.name)
    second = payer.pay(bic(payee.bic), msg=first.msg)
    header = {"id": new_id(), "created": moment()}
    for nth in (1, 2):
        payer.send(second.text, signed=False, **header)
        refused = payer.told(second.uetr, nth)
        assert (refused.status, refused.code) == ("RJCT", "DU01")
    third = payer.pay(other("NOTPROVIDED"), msg=first.msg, creditor_account=by_phone(PHONE))
    payer.send(third.text)
    assert payer.told(third.uetr).code == "DU01"
    assert hub.position(payer.name) == before
    again = payer.pay(bic(payee.bic), uetr_value=second.uetr)
    payer.send(again.text)
    assert payer.told(second.uetr, 3).status == "ACSC"


def test_the_same_message_under_another_header_is_a_repeat(hub: Hub, payer: Bank, payee: Bank) -> None:
    payment = payer.pay(bic(payee.bic))
    payer.send(payment.text)
    payer.told(payment.uetr)
    before = hub.position(payer.name)
    payer.send(payment.text)
    assert payer.told(payment.uetr, 2).status == "ACSC"
    assert hub.position(payer.name) == before


def test_another_banks_is_another(payer: Bank, payee: Bank) -> None:
    mine = payer.pay(bic(payee.bic))
    payer.send(mine.text)
    theirs = payee.pay(bic(payer.bic), msg=mine.msg)
    payee.send(theirs.text)
    payer.payment(theirs.uetr)
    payer.answer(theirs.uetr, "ACSC")
    assert payee.told(theirs.uetr).status == "ACSC"


def test_every_message_is_answered_in_its_own_words(payer: Bank, payee: Bank) -> None:
    payment = payer.pay(bic(payee.bic))
    payer.send(payment.text)
    payer.told(payment.uetr)
    payer.send(together([payer.pay(bic(payee.bic), msg=payment.msg) for _ in range(2)]))
    many = payer.told(payment.msg, 2)
    assert (group_of(many)[0], many.code) == ("RJCT", "DU01")
    question = asking(by(UETR=payment.uetr))
    payer.send(question.replace(question.partition("<MsgId>")[2].partition("<")[0], payment.msg))
    asked = payer.told(payment.msg, 3)
    assert (asked.text("GrpSts"), asked.code, asked.text("OrgnlMsgNmId")) == ("RJCT", "DU01", "pacs.028.001.03")

    wanted = ask(payer, bic(payee.bic))
    payer.send(wanted.text)
    asked_of(payee, wanted.e2e)
    payer.send(ask(payer, bic(payee.bic), msg=wanted.message_id).text)
    told = answers(payer, wanted.message_id)
    assert (told.group, told.code) == ("RJCT", "DU01")
