"""A bank's payment in another currency fails, at each point where it can: a reason, no money, nothing left reserved."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.bank_side import Payment, in_seconds
from tests.e2e.exchange_side import PHONE, SOURCE, TARGET, Stage, open_stage, ordering, proxy
from tests.e2e.fspiop_hub import WRONG, moment
from tests.e2e.wallet_side import error, silent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PRICE = {
    "conversionTerms": {
        "conversionId": str(uuid.uuid4()),
        "initiatingFsp": "a",
        "counterPartyFsp": "b",
        "amountType": "SEND",
        "sourceAmount": {"currency": SOURCE, "amount": "10"},
        "targetAmount": {"currency": TARGET},
    }
}


@pytest.fixture(scope="module")
def the_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("fx")) as found:
        yield found


@pytest.fixture
def stage(the_stage: Stage) -> Stage:
    """Return the stage, everybody answering well."""
    the_stage.reset()
    return the_stage


def refused(stage: Stage, code: str, fspiop: str, **changes: str) -> Payment:
    """The payment ends refused with these codes, no money has moved, and nothing is reserved."""
    before = stage.positions()
    payment = stage.pay(**changes)
    told = stage.bank.told(payment.uetr)
    assert (told.status, told.code) == ("RJCT", code), told.info
    assert told.info.startswith(f"FSPIOP-{fspiop} "), told.info
    assert stage.positions() == before
    assert len(stage.bank.reports(payment.uetr)) == 1
    return payment


def nobody_asked(stage: Stage, payment: Payment, *paths: str) -> None:
    for dfsp in (stage.wallet.dfsp, stage.provider.dfsp):
        assert dfsp.listener.all(lambda m: m.path in paths and payment.uetr in m.body.decode()) == []


def test_nobody_converts(stage: Stage):
    stage.hub.add(stage.wallet.dfsp.name, "XOF")
    refused(stage, "AM03", "5106", creditor_account=proxy(PHONE, "XOF"))


def test_payee_holds_no_such_currency(stage: Stage):
    refused(stage, "AM03", "5106", creditor_account=proxy(PHONE, "EUR"))


@pytest.mark.parametrize(("code", "reason"), [("3000", "NARR"), ("2001", "AB10"), ("4103", "AC10")])
def test_provider_gives_no_rate(stage: Stage, code: str, reason: str):
    stage.provider.rate = error(code)
    nobody_asked(stage, refused(stage, reason, code), "/quotes", "/fxTransfers", "/transfers")


def changing(stage: Stage, **terms: Any):
    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        found = stage.provider.priced(asked)
        return found | {"conversionTerms": found["conversionTerms"] | terms}

    return answer


def usd(amount: str) -> dict[str, str]:
    return {"currency": SOURCE, "amount": amount}


@pytest.mark.parametrize(
    ("terms", "reason", "fspiop"),
    [
        ({"expiration": moment(seconds=-5)}, "AB03", "3302"),
        ({"sourceAmount": usd("10.01")}, "AM09", "5103"),
        ({"sourceAmount": usd("9.99")}, "AM09", "5103"),
        ({"targetAmount": usd("9")}, "AM09", "5103"),
        ({"targetAmount": {"currency": TARGET}}, "FF01", "3100"),
    ],
)
def test_rate_that_is_not_what_was_asked_for(stage: Stage, terms: dict, reason: str, fspiop: str):
    stage.provider.rate = changing(stage, **terms)
    nobody_asked(stage, refused(stage, reason, fspiop), "/quotes", "/fxTransfers", "/transfers")


def test_rate_over_what_the_bank_ordered(stage: Stage):
    """1161 shillings cost 9.50 dollars."""
    nobody_asked(stage, refused(stage, "AM09", "5103", amount="9.49", **ordering("1161.00")), "/fxTransfers")


def test_provider_that_cannot_be_reached(stage: Stage):
    stage.provider.dfsp.listener.answer = lambda _: 503
    try:
        refused(stage, "AB08", "1001")
    finally:
        stage.provider.dfsp.listener.answer = stage.provider._called


@pytest.mark.parametrize("step", ["rate", "order", "quote", "transfer"])
def test_silence(stage: Stage, step: str):
    """Whoever says nothing: the payment ends with its expiry, and what was reserved is free again."""
    side, name = {
        "rate": (stage.provider, "rate"), "order": (stage.provider, "done"),
        "quote": (stage.wallet, "quote"), "transfer": (stage.wallet, "done"),
    }[step]  # fmt: skip
    setattr(side, name, silent)

    payment = refused(stage, "AB05", "3303", times=in_seconds(1.5))
    if step == "transfer":
        assert stage.provider.patched(stage.provider.ordered(payment.uetr)["commitRequestId"]) == "ABORTED"


def test_provider_refuses_what_it_quoted(stage: Stage):
    stage.provider.done = error("5105")
    nobody_asked(stage, refused(stage, "MS03", "5105"), "/transfers")


def test_provider_fulfils_wrongly(stage: Stage):
    stage.provider.done = lambda order: stage.provider.fulfilled(order) | {"fulfilment": WRONG}
    nobody_asked(stage, refused(stage, "FF01", "3100"), "/transfers")


@pytest.mark.parametrize("step", ["party", "quote", "done"])
def test_payee_refuses(stage: Stage, step: str):
    setattr(stage.wallet, step, error("5400"))
    payment = refused(stage, "AC06", "5400")
    if step == "done":
        assert stage.provider.patched(stage.provider.ordered(payment.uetr)["commitRequestId"]) == "ABORTED"
    else:
        nobody_asked(stage, payment, "/fxTransfers")


def test_payee_fulfils_wrongly(stage: Stage):
    stage.wallet.done = lambda transfer: stage.wallet.fulfilled(transfer) | {"fulfilment": WRONG}
    refused(stage, "FF01", "3100")


def test_quote_of_another_amount(stage: Stage):
    stage.wallet.quote = lambda quote: stage.wallet.terms(quote) | {
        "transferAmount": {"currency": TARGET, "amount": "1225"}
    }  # fmt: skip
    nobody_asked(stage, refused(stage, "AM09", "5103"), "/fxTransfers")


def test_bank_without_liquidity(stage: Stage):
    nobody_asked(stage, refused(stage, "AM23", "4001", amount="1000000.01"), "/fxTransfers", "/transfers")


def test_provider_without_liquidity(stage: Stage):
    """Its shillings are reserved with the transfer; refused, the bank's dollars are free again."""
    payment = refused(stage, "AM23", "4001", amount="9000.00")
    assert stage.provider.patched(stage.provider.ordered(payment.uetr)["commitRequestId"]) == "ABORTED"


def test_stranger_cannot_answer_for_the_provider(stage: Stage):
    thief = stage.scheme.dfsp("thief", version="2.0")
    stage.provider.rate = silent
    payment = stage.pay(times=in_seconds(4))
    asked_for = stage.provider.dfsp.listener.wait(
        lambda m: m.path == "/fxQuotes" and payment.uetr in m.body.decode()
    ).json
    path = f"/fxQuotes/{asked_for['conversionRequestId']}"
    thief.send("PUT", path, stage.provider.priced(asked_for), stage.bank.name)
    assert thief.refused(path).code == "3100"
    stage.provider.dfsp.send("PUT", path, stage.provider.priced(asked_for), stage.bank.name)

    assert stage.bank.told(payment.uetr).status == "ACSC"


def test_rate_for_nobody_is_refused(stage: Stage):
    path = f"/fxQuotes/{uuid.uuid4()}"
    stage.provider.dfsp.send("PUT", path, stage.provider.priced(PRICE), stage.bank.name)

    assert stage.provider.dfsp.refused(path).code == "3205"
