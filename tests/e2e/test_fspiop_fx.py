"""Conversions over the wire: the happy path, every way it can end, and who is told what. Zero sum after each."""

import json

import pytest

from tests.e2e.fspiop_hub import FULFILMENT, WRONG, error_body, error_of, media, moment, new_id
from tests.e2e.fx_side import FX, GIVEN, GOT, TARGET, Trade


@pytest.fixture
def trade(scheme):
    return Trade(scheme)


def test_four_positions_move_when_the_determining_transfer_commits(trade):
    answer = trade.ask()
    assert (answer.status_code, answer.content) == (202, b"")
    assert trade.positions()["payer"] == 10
    assert trade.agree().status_code == 200
    told = trade.payer.gets("PUT", trade.at)
    assert told.headers["fspiop-source"] == trade.fxp.name
    assert (told.json["conversionState"], told.json["fulfilment"]) == ("RESERVED", FULFILMENT)
    trade.pay()
    assert [str(each) for each in trade.positions().values()] == [GIVEN, "0", GOT, "0"]
    trade.payee.fulfil(trade.transfer, trade.payer)
    assert trade.payer.gets("PUT", trade.to).json["transferState"] == "COMMITTED"
    patch = trade.patched()
    assert patch["conversionState"] == "COMMITTED"
    assert set(patch) == {"conversionState", "completedTimestamp"}
    assert trade.moved
    assert len(trade.payer.got("PUT", trade.at)) == 1
    assert trade.payer.got("PUT", f"{trade.at}/error") == []


def test_order_and_answer_go_on_byte_for_byte(trade):
    body = json.dumps(trade.conversion() | {"amountType": "SEND"}, indent=3).encode() + b" \n"
    trade.payer.send("POST", f"/{FX}", body, trade.fxp.name)
    order = trade.fxp.gets("POST", f"/{FX}")
    assert order.body == body
    assert order.headers["content-type"] == media(FX, "2.0")
    answer = json.dumps({"conversionState": "RESERVED", "fulfilment": FULFILMENT}, indent=1).encode()
    trade.fxp.send("PUT", trade.at, answer, trade.payer.name)
    assert trade.payer.gets("PUT", trade.at).body == answer


def test_a_provider_that_says_committed_waits_like_any_other(trade):
    trade.ask()
    trade.agree("COMMITTED")
    trade.payer.gets("PUT", trade.at)
    trade.pay()
    trade.payee.fulfil(trade.transfer, trade.payer, "RESERVED")
    assert trade.patched()["conversionState"] == "COMMITTED"
    assert trade.told(trade.payee, "PATCH", trade.to).json["transferState"] == "COMMITTED"
    assert trade.moved


def test_a_provider_that_says_aborted_has_said_nothing(trade):
    trade.ask()
    assert trade.agree("ABORTED").status_code == 200
    trade.agree()
    assert trade.payer.gets("PUT", trade.at).json["conversionState"] == "RESERVED"
    assert len(trade.payer.got("PUT", trade.at)) == 1


def test_a_provider_declines_before_there_is_a_transfer(trade):
    trade.ask()
    trade.fxp.send("PUT", f"{trade.at}/error", error_body("2000", "This is a generic error"), trade.payer.name)
    told = trade.payer.gets("PUT", f"{trade.at}/error")
    assert (told.headers["fspiop-source"], error_of(told.body).code) == (trade.fxp.name, "2000")
    assert trade.untouched
    trade.transfers()
    assert "Related FX Transfer is not fulfilled" in trade.payer.refused(trade.to).text


def test_a_provider_takes_it_back_while_the_transfer_is_on_its_way(trade):
    trade.fly()
    trade.fxp.send("PUT", f"{trade.at}/error", error_body("2001", "Down"), trade.payer.name)
    assert trade.payer.refused(trade.at).code == "2001"
    assert trade.payer.refused(trade.to).code == "2001"
    assert trade.payee.refused(trade.to).code == "2001"
    trade.payee.fulfil(trade.transfer, trade.payer, "RESERVED")
    assert trade.told(trade.payee, "PATCH", trade.to).json["transferState"] == "ABORTED"
    assert trade.untouched


def test_a_wrong_fulfilment_of_the_provider_ends_the_conversion(trade):
    trade.ask()
    trade.agree(fulfilment=WRONG)
    told = trade.payer.refused(trade.at)
    assert (told.code, "Invalid FX fulfilment" in told.text) == ("3100", True)
    assert trade.fxp.refused(trade.at).code == "3100"
    assert trade.patched()["conversionState"] == "ABORTED"
    assert trade.untouched


def test_a_wrong_fulfilment_of_the_payee_ends_both_and_the_payer_hears_of_one(trade):
    trade.fly()
    trade.payee.fulfil(trade.transfer, trade.payer, fulfilment=WRONG)
    assert trade.payer.refused(trade.to).code == "3100"
    assert trade.patched()["conversionState"] == "ABORTED"
    trade.payer.settled()
    assert trade.payer.got("PUT", f"{trade.at}/error") == []
    assert trade.untouched


def test_a_payee_that_refuses_ends_both_and_the_payer_hears_of_one(trade):
    trade.fly()
    trade.payee.send("PUT", f"{trade.to}/error", error_body("5100", "Refused"), trade.payer.name)
    assert trade.payer.refused(trade.to).code == "5100"
    patch = trade.patched()
    assert patch["conversionState"] == "ABORTED"
    assert patch["extensionList"]["extension"] == [{"key": "cause", "value": "5100: Refused"}]
    trade.payer.settled()
    assert trade.payer.got("PUT", f"{trade.at}/error") == []
    assert trade.untouched


def test_a_silent_provider_lets_it_expire(trade):
    trade.ask(expiration=moment(seconds=1.5))
    assert trade.payer.refused(trade.at).code == "3303"
    assert trade.fxp.refused(trade.at).code == "3303"
    assert trade.untouched
    trade.agree()
    assert trade.patched()["conversionState"] == "ABORTED"


def test_a_conversion_that_no_transfer_follows_expires(trade):
    trade.ask(expiration=moment(seconds=2))
    trade.agree()
    trade.payer.gets("PUT", trade.at)
    assert trade.payer.refused(trade.at).code == "3303"
    assert trade.fxp.refused(trade.at).code == "3303"
    assert trade.patched()["conversionState"] == "ABORTED"
    assert trade.untouched


def test_a_transfer_that_expires_takes_its_conversion_along(trade):
    trade.ready()
    trade.pay(expiration=moment(seconds=1.5))
    assert trade.payer.refused(trade.to).code == "3303"
    assert trade.payee.refused(trade.to).code == "3303"
    assert trade.payer.refused(trade.at).code == "3303"
    assert trade.patched()["conversionState"] == "ABORTED"
    assert trade.untouched


def test_a_conversion_that_expires_takes_its_transfer_along(trade):
    trade.ask(expiration=moment(seconds=3))
    trade.agree()
    trade.payer.gets("PUT", trade.at)
    trade.pay()
    assert trade.payer.refused(trade.at).code == "3303"
    assert trade.payer.refused(trade.to).code == "3303"
    assert trade.payee.refused(trade.to).code == "3303"
    assert trade.untouched


def test_the_initiator_must_have_the_money(scheme):
    trade = Trade(scheme, funds=5)
    trade.order()
    assert trade.payer.refused(trade.at).code == "4001"
    assert trade.fxp.got("POST", f"/{FX}") == []
    assert trade.untouched


def test_the_initiator_may_not_pass_its_cap(scheme):
    trade = Trade(scheme, cap=5)
    trade.order()
    assert trade.payer.refused(trade.at).code == "4200"
    assert trade.untouched


@pytest.mark.parametrize(("cap", "funds", "code"), [(10_000, 5, "4001"), (5, 10_000, "4200")])
def test_the_provider_must_have_the_money_when_the_transfer_comes(scheme, cap, funds, code):
    trade = Trade(scheme)
    poor = scheme.dfsp("poor", version="2.0")
    trade.hub.add(poor.name, TARGET, cap=cap, funds=funds)
    trade.fxp = poor
    trade.ready()
    trade.transfers()
    assert trade.payer.refused(trade.to).code == code
    assert trade.patched()["conversionState"] == "ABORTED"
    assert trade.payee.got("POST", "/transfers") == []
    assert trade.untouched


def test_a_transfer_before_its_conversion_is_fulfilled_ends_both(trade):
    trade.ask()
    trade.transfers()
    told = trade.payer.refused(trade.to)
    assert (told.code, "Related FX Transfer is not fulfilled" in told.text) == ("3100", True)
    assert trade.payer.refused(trade.at).code == "3100"
    assert trade.patched()["conversionState"] == "ABORTED"
    assert trade.untouched


def test_a_transfer_of_another_amount_is_refused(trade):
    trade.ready()
    trade.transfers(amount={"currency": TARGET, "amount": "1290"})
    assert "targetAmount" in trade.payer.refused(trade.to).text
    assert trade.patched()["conversionState"] == "ABORTED"
    assert trade.untouched


def test_the_order_of_messages_says_whose_conversion_it_is(scheme):
    trade = Trade(scheme)
    trade.hub.add(trade.payer.name, TARGET, cap=10_000, funds=10_000)
    trade.pay()
    trade.order()
    assert "is not the payee FSP" in trade.payer.refused(trade.at).text
    trade.payee.fulfil(trade.transfer, trade.payer)
    trade.payer.gets("PUT", trade.to)
    assert [str(each) for each in trade.positions().values()] == ["0", "0", "0", f"-{GOT}"]


def test_the_payee_has_it_converted(trade):
    trade.pay(amount={"currency": "USD", "amount": GIVEN})
    trade.ask(trade.payee)
    trade.agree(to=trade.payee)
    trade.payee.gets("PUT", trade.at)
    assert [str(each) for each in trade.positions().values()] == [GIVEN, "0", GOT, "0"]
    trade.payee.fulfil(trade.transfer, trade.payer)
    assert trade.payer.gets("PUT", trade.to).json["transferState"] == "COMMITTED"
    assert trade.patched()["conversionState"] == "COMMITTED"
    assert trade.moved


def test_the_payee_s_provider_declines_and_the_transfer_waits_for_another(trade):
    trade.pay(amount={"currency": "USD", "amount": GIVEN})
    trade.ask(trade.payee)
    trade.fxp.send("PUT", f"{trade.at}/error", error_body("2001"), trade.payee.name)
    assert trade.payee.refused(trade.at).code == "2001"
    trade.payee.fulfil(trade.transfer, trade.payer)
    assert "KES" not in trade.payee.refused(trade.to).text
    assert [str(each) for each in trade.positions().values()] == [GIVEN, "0", "0", "0"]


def test_repeats_change_nothing_and_other_content_is_refused(trade):
    body = json.dumps(trade.conversion()).encode()
    for _ in range(3):
        assert trade.payer.send("POST", f"/{FX}", body, trade.fxp.name).status_code == 202
    trade.fxp.gets("POST", f"/{FX}")
    trade.payer.send("POST", f"/{FX}", trade.conversion(condition="y" * 43), trade.fxp.name)
    assert trade.payer.refused(trade.at).code == "3106"
    agreed = {"conversionState": "RESERVED", "fulfilment": FULFILMENT}
    for _ in range(2):
        assert trade.fxp.send("PUT", trade.at, agreed, trade.payer.name).status_code == 200
    assert trade.payer.gets("PUT", trade.at).headers["fspiop-source"] == trade.fxp.name
    trade.agree()
    assert trade.fxp.refused(trade.at).code == "3106"
    trade.pay()
    trade.payee.fulfil(trade.transfer, trade.payer)
    assert trade.patched()["conversionState"] == "COMMITTED"
    trade.payer.send("POST", f"/{FX}", body, trade.fxp.name)
    assert trade.payer.gets("PUT", trade.at, times=2).json["conversionState"] == "COMMITTED"
    trade.fxp.send("PUT", trade.at, agreed, trade.payer.name)
    assert trade.fxp.gets("PATCH", trade.at, times=2).json["conversionState"] == "COMMITTED"
    assert len(trade.fxp.got("POST", f"/{FX}")) == 1
    assert trade.moved


def test_a_query_is_answered_in_every_state(trade):
    def state(times):
        trade.payer.send("GET", trade.at, to=trade.fxp.name)
        return trade.payer.gets("PUT", trade.at, times).json

    trade.ask()
    assert state(1) == {"conversionState": "RESERVED"}
    trade.agree()
    trade.payer.gets("PUT", trade.at, 2)
    waiting = state(3)
    assert (waiting["conversionState"], waiting["fulfilment"]) == ("RESERVED", FULFILMENT)
    trade.pay()
    trade.payee.fulfil(trade.transfer, trade.payer)
    trade.patched()
    done = state(4)
    assert (done["conversionState"], done["fulfilment"]) == ("COMMITTED", FULFILMENT)


def test_a_query_of_what_ended_is_no_error(trade):
    trade.ask()
    trade.fxp.send("PUT", f"{trade.at}/error", error_body("2001"), trade.payer.name)
    trade.payer.refused(trade.at)
    trade.fxp.send("GET", trade.at, to=trade.payer.name)
    assert trade.fxp.gets("PUT", trade.at).json["conversionState"] == "ABORTED"


def test_queries_of_strangers_and_of_nothing(trade):
    trade.ask()
    trade.payee.send("GET", trade.at)
    assert trade.payee.refused(trade.at).code == "3000"
    unknown = f"/{FX}/{new_id()}"
    trade.payer.send("GET", unknown)
    assert trade.payer.refused(unknown).code == "3208"
    trade.fxp.send("PUT", unknown, {"conversionState": "RESERVED", "fulfilment": FULFILMENT}, trade.payer.name)
    told = trade.fxp.refused(unknown)
    assert (told.code, "fxTransfer not found" in told.text) == ("3208", True)


def test_others_cannot_answer(trade):
    trade.ask()
    agreed = {"conversionState": "RESERVED", "fulfilment": FULFILMENT}
    trade.payee.send("PUT", trade.at, agreed, trade.payer.name)
    assert trade.payee.refused(trade.at).code == "3100"
    trade.agree()
    trade.payer.gets("PUT", trade.at)


def test_an_answer_to_another_than_the_initiator_ends_the_conversion(trade):
    trade.ask()
    agreed = {"conversionState": "RESERVED", "fulfilment": FULFILMENT}
    trade.fxp.send("PUT", trade.at, agreed, trade.payee.name)
    assert trade.fxp.refused(trade.at).code == "3100"
    assert trade.payer.refused(trade.at).code == "3100"
    assert trade.patched()["conversionState"] == "ABORTED"
    assert trade.untouched


# what is wrong, changes of the body, words of the text
INVALID = [
    ("source is not the initiator", {"initiatingFsp": "somebody"}, "should match Payer"),
    ("provider unknown", {"counterPartyFsp": "nobody"}, "Participant nobody"),
    ("expiration in the past", {"expiration": "2026-01-01T00:00:00.000Z"}, "Expiration date"),
    ("no expiration", {"expiration": None}, "Expiration is required"),
    ("provider without account", {"targetAmount": {"currency": "EUR", "amount": "1"}}, "EUR account not found"),
    ("initiator without account", {"sourceAmount": {"currency": TARGET, "amount": "1"}}, "KES account not found"),
    ("nothing", {"targetAmount": {"currency": TARGET, "amount": "0"}}, "zero"),
]


@pytest.mark.parametrize(("changed", "words"), [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_an_invalid_order_is_told_to_the_initiator_alone(trade, changed, words):
    assert trade.order(**changed).status_code == 202
    told = trade.payer.refused(trade.at)
    assert told.code in {"3100", "3101"}
    assert words in told.text
    assert trade.fxp.got("POST", f"/{FX}") == []
    assert trade.untouched


def test_what_only_the_hub_may_say_and_what_is_malformed_is_refused_at_once(trade):
    answer = trade.payer.send("PATCH", trade.at, {"conversionState": "COMMITTED"}, trade.fxp.name)
    assert (answer.status_code, error_of(answer.content).code) == (501, "2002")
    answer = trade.payer.send("POST", f"/{FX}", trade.conversion(condition=None), trade.fxp.name)
    assert (answer.status_code, error_of(answer.content).code) == (400, "3102")
    answer = trade.agree("RECEIVED")
    assert (answer.status_code, error_of(answer.content).code) == (400, "3100")
    trade.payer.version = "1.1"
    answer = trade.payer.send("POST", f"/{FX}", trade.conversion(), trade.fxp.name)
    assert (answer.status_code, error_of(answer.content).code) == (406, "3001")
