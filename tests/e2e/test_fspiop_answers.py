"""What a payee answers: commits, refusals, wrong proofs, strangers, repeats, and who is told what."""

import pytest

from tests.e2e.fspiop_hub import FULFILMENT, WRONG, error_body, error_of, moment, new_id


@pytest.fixture
def pair(scheme):
    return scheme.pair()


def positions(*dfsps):
    return [dfsp.hub.position(dfsp.name) for dfsp in dfsps]


def from_hub(dfsp, method, path, times=1):
    """The hub's own message on that path."""
    found = dfsp.listener.wait(
        lambda each: (each.method, each.path, each.headers["fspiop-source"]) == (method, path, "Hub")
    )
    assert len(dfsp.got(method, path)) == times
    return found


def test_committed_goes_on_to_the_payer_and_the_hub_confirms_to_the_payee(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    answer = payee.fulfil(transfer, payer)
    assert (answer.status_code, answer.content) == (200, b"")
    told = payer.gets("PUT", f"/transfers/{transfer}")
    assert (told.headers["fspiop-source"], told.json["fulfilment"]) == (payee.name, FULFILMENT)
    confirmed = from_hub(payee, "PUT", f"/transfers/{transfer}")
    assert confirmed.json["transferState"] == "COMMITTED"
    assert positions(payer, payee) == [10, -10]


def test_reserved_gets_a_patch_and_the_payer_the_hub_s_own_word(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    payee.fulfil(transfer, payer, "RESERVED")
    told = from_hub(payer, "PUT", f"/transfers/{transfer}").json
    assert (told["transferState"], told["fulfilment"]) == ("COMMITTED", FULFILMENT)
    assert set(told) == {"transferState", "fulfilment", "completedTimestamp"}
    patch = from_hub(payee, "PATCH", f"/transfers/{transfer}").json
    assert set(patch) == {"transferState", "completedTimestamp"}
    assert patch["transferState"] == "COMMITTED"
    assert payee.got("PUT", f"/transfers/{transfer}") == []


def test_reserved_in_version_1_0_has_no_effect(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    payee.version = "1.0"
    assert payee.fulfil(transfer, payer, "RESERVED").status_code == 200
    payee.settled()
    assert positions(payer, payee) == [10, 0]
    payee.version = "1.1"
    payee.fulfil(transfer, payer)
    payer.gets("PUT", f"/transfers/{transfer}")


def test_a_word_that_is_no_answer_of_a_payee_is_refused_at_once(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    answer = payee.fulfil(transfer, payer, "RECEIVED")
    assert (answer.status_code, error_of(answer.content).code) == (400, "3100")
    assert positions(payer) == [10]


def test_a_payee_that_says_aborted_changes_nothing_and_may_still_answer(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    assert payee.fulfil(transfer, payer, "ABORTED").status_code == 200
    assert positions(payer) == [10]
    assert payee.fulfil(transfer, payer).status_code == 200
    payer.gets("PUT", f"/transfers/{transfer}")


@pytest.mark.parametrize("ahead", [3600, -3600])
def test_a_time_of_completion_that_cannot_be_is_refused_at_once(pair, ahead):
    payer, payee = pair
    transfer = payer.pay(payee)
    answer = payee.fulfil(transfer, payer, completedTimestamp=moment(seconds=ahead))
    assert (answer.status_code, error_of(answer.content).code) == (400, "3100")
    assert payee.fulfil(transfer, payer).status_code == 200
    payer.gets("PUT", f"/transfers/{transfer}")


@pytest.mark.parametrize("word", ["COMMITTED", "RESERVED"])
@pytest.mark.parametrize("fulfilment", [WRONG, None])
def test_a_wrong_proof_ends_the_transfer_and_both_are_told(pair, word, fulfilment):
    payer, payee = pair
    transfer = payer.pay(payee)
    assert payee.fulfil(transfer, payer, word, fulfilment=fulfilment).status_code == 200
    for dfsp in pair:
        assert dfsp.refused(f"/transfers/{transfer}") == ("3100", "Generic validation error - invalid fulfilment")
    assert positions(payer, payee) == [0, 0]
    if word == "RESERVED":
        patch = payee.gets("PATCH", f"/transfers/{transfer}").json
        assert patch["transferState"] == "ABORTED"
        assert patch["extensionList"]["extension"][0]["value"].startswith("3100:")


@pytest.mark.parametrize("kind", ["fulfil", "error"])
def test_a_third_participant_cannot_end_another_s_transfer(scheme, kind):
    payer, payee = scheme.pair()
    stranger = scheme.dfsp("stranger")
    transfer = payer.pay(payee)
    if kind == "fulfil":
        stranger.fulfil(transfer, payer, fulfilment=WRONG)
    else:
        stranger.send("PUT", f"/transfers/{transfer}/error", error_body("5104"), payer.name)
    assert stranger.refused(f"/transfers/{transfer}").code == "3100"
    payee.fulfil(transfer, payer)
    payer.gets("PUT", f"/transfers/{transfer}")
    assert positions(payer, payee) == [10, -10]


@pytest.mark.parametrize(("state", "patches"), [("COMMITTED", 0), ("RESERVED", 1)])
def test_an_answer_to_another_than_the_payer_ends_the_transfer(scheme, state, patches):
    payer, payee = scheme.pair()
    other = scheme.dfsp("other")
    path = f"/transfers/{payer.pay(payee)}"
    payee.fulfil(path.removeprefix("/transfers/"), other, state)
    text = "Generic validation error - fspiop-destination does not match payer fsp on the Fulfil callback response"
    assert payer.refused(path) == payee.refused(path) == ("3100", text)
    payee.settled()
    assert [each.json["transferState"] for each in payee.got("PATCH", path)] == ["ABORTED"] * patches
    assert positions(payer) == [0]
    assert other.listener.got == []


@pytest.mark.parametrize("state", ["COMMITTED", "RESERVED"])
def test_an_answer_of_another_than_the_payee_has_no_effect(scheme, state):
    payer, payee = scheme.pair()
    other = scheme.dfsp("other")
    transfer = payer.pay(payee)
    other.fulfil(transfer, payer, state)
    assert other.refused(f"/transfers/{transfer}").text.endswith(
        "does not match payee fsp on the Fulfil callback response"
    )
    assert positions(payer) == [10]
    payee.fulfil(transfer, payer)
    assert payer.gets("PUT", f"/transfers/{transfer}").json["transferState"] == "COMMITTED"


def test_names_are_compared_without_case_and_an_answer_needs_no_destination(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    body = {"transferState": "COMMITTED", "fulfilment": FULFILMENT, "completedTimestamp": moment()}
    payee.send("PUT", f"/transfers/{transfer}", body, payer.name.upper())
    payer.gets("PUT", f"/transfers/{transfer}")
    transfer = payer.pay(payee)
    payee.send("PUT", f"/transfers/{transfer}", body)
    told = payer.gets("PUT", f"/transfers/{transfer}")
    assert told.headers["fspiop-destination"] == payer.name


@pytest.mark.parametrize("kind", ["fulfil", "error"])
def test_an_answer_to_nothing_is_2001(pair, kind):
    payer, payee = pair
    unknown = new_id()
    if kind == "fulfil":
        payee.fulfil(unknown, payer)
    else:
        payee.send("PUT", f"/transfers/{unknown}/error", error_body("5104"), payer.name)
    assert payee.refused(f"/transfers/{unknown}") == ("2001", "Internal server error - transfer not found")


def test_a_repeated_answer_gets_the_present_state(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    path, done = f"/transfers/{transfer}", moment()
    payee.fulfil(transfer, payer, completedTimestamp=done)
    from_hub(payee, "PUT", path)
    payee.fulfil(transfer, payer, completedTimestamp=done)
    assert payee.gets("PUT", path, times=2).json["transferState"] == "COMMITTED"
    payer.settled()
    assert len(payer.got("PUT", path)) == 1


def test_a_repeated_reserved_gets_a_patch_again(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    done = moment()
    for times in (1, 2):
        payee.fulfil(transfer, payer, "RESERVED", completedTimestamp=done)
        assert payee.gets("PATCH", f"/transfers/{transfer}", times).json["transferState"] == "COMMITTED"


def test_another_answer_after_the_first_is_3106_and_the_true_state_stands(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    path = f"/transfers/{transfer}"
    payee.fulfil(transfer, payer)
    payer.gets("PUT", path)
    payee.fulfil(transfer, payer, "RESERVED", completedTimestamp=moment(seconds=-9))
    assert payee.refused(path) == ("3106", "Modified request")
    assert payee.gets("PATCH", path).json["transferState"] == "COMMITTED"
    assert positions(payer, payee) == [10, -10]


def test_an_error_of_the_payee_goes_on_and_the_hub_confirms_it(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    path = f"/transfers/{transfer}/error"
    more = {"extensionList": {"extension": [{"key": "why", "value": "closed"}]}}
    body = error_body("5104", "Payee rejected it", **more)
    assert payee.send("PUT", path, body, payer.name).status_code == 200
    told = payer.gets("PUT", path)
    assert (told.headers["fspiop-source"], told.json) == (payee.name, body)
    assert from_hub(payee, "PUT", path).json["errorInformation"]["errorCode"] == "5104"
    assert positions(payer, payee) == [0, 0]


def test_a_repeated_error_gets_the_present_state_and_another_one_3106(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    path = f"/transfers/{transfer}"
    for _ in range(2):
        payee.send("PUT", f"{path}/error", error_body("5104"), payer.name)
    assert payee.gets("PUT", path).json["transferState"] == "ABORTED"
    payee.send("PUT", f"{path}/error", error_body("5105"), payer.name)
    assert error_of(payee.gets("PUT", f"{path}/error", times=2).body).code == "3106"
    payer.settled()
    assert len(payer.got("PUT", f"{path}/error")) == 1


def test_an_error_code_of_no_group_ends_the_transfer_and_is_not_passed_on(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    payee.send("PUT", f"/transfers/{transfer}/error", error_body("9999"), payer.name)
    told = payer.refused(f"/transfers/{transfer}")
    assert told == ("3100", "Generic validation error - API specification undefined errorCode")
    assert positions(payer) == [0]


def test_an_error_after_the_commit_changes_nothing(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    payee.fulfil(transfer, payer)
    payer.gets("PUT", f"/transfers/{transfer}")
    payee.send("PUT", f"/transfers/{transfer}/error", error_body("5104"), payer.name)
    assert payee.refused(f"/transfers/{transfer}").text.endswith("non-RESERVED transfer state")
    assert positions(payer, payee) == [10, -10]


def test_a_payee_switched_off_meanwhile_still_completes(pair):
    payer, payee = pair
    transfer = payer.pay(payee)
    payee.hub.operate("PUT", f"/participants/{payee.name}", {"isActive": False})
    payee.fulfil(transfer, payer)
    payer.gets("PUT", f"/transfers/{transfer}")
    assert positions(payer, payee) == [10, -10]


def test_what_a_payee_is_owed_raises_what_it_may_send(scheme):
    payer, payee = scheme.dfsp("payer"), scheme.dfsp("payee", funds=0, cap=0)
    poor = payee.prepare(payer.name, "10")
    payee.send("POST", "/transfers", poor, payer.name)
    assert payee.refused(f"/transfers/{poor['transferId']}").code == "4001"
    payee.fulfil(payer.pay(payee, "10"), payer)
    payee.settled()
    back = payee.pay(payer, "10")
    assert positions(payer, payee) == [10, 0]
    assert back
