"""The creditor bank's pacs.002: which status does what, who may say it, how it names the payment, when it is late."""

from collections.abc import Callable

import pytest

from tests.e2e.bank_side import Bank, Payment, bic, in_seconds, new_id, status_of, verify
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "ansalpha", "ANSAKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "ansbeta", "ANSBUGKA")


@pytest.fixture
def open_payment(payer: Bank, payee: Bank) -> Callable[..., Payment]:
    """Return a way to make a payment that waits for the creditor bank's answer."""

    def make(bank: Bank = payee, **changes: str) -> Payment:
        payment = payer.pay(bic(bank.bic), **changes)
        payer.send(payment.text)
        bank.payment(payment.uetr)
        return payment

    return make


@pytest.mark.parametrize("status", ["ACCP", "ACSP", "ACSC", "ACCC"])
def test_accepting_statuses_settle(hub: Hub, payer: Bank, payee: Bank, open_payment, status: str):
    before = hub.position(payee.name)
    payment = open_payment()
    payee.answer(payment.uetr, status)

    assert payer.told(payment.uetr).status == "ACSC"
    assert payee.told(payment.uetr).status == "ACSC"
    assert hub.position(payee.name) == before - 10


def test_accepted_without_posting_is_told_so(payer: Bank, payee: Bank, open_payment):
    payment = open_payment()
    payee.answer(payment.uetr, "ACWP")

    assert payer.told(payment.uetr).status == "ACWP"


@pytest.mark.parametrize("status", ["ACTC", "RCVD", "PDNG"])
def test_waiting_statuses_change_nothing(payer: Bank, payee: Bank, open_payment, status: str):
    payment = open_payment()
    payee.answer(payment.uetr, status)
    payee.answer(payment.uetr, "ACSC")

    assert payer.told(payment.uetr).status == "ACSC"
    assert len(payer.reports(payment.uetr)) == 1


@pytest.mark.parametrize(
    ("reason", "fspiop"), [("AC04", "5107"), ("AC03", "3204"), ("AM02", "5200"), ("NARR", "5000"), ("MS03", "5105")]
)
def test_refusal_goes_back_with_its_reason(hub: Hub, payer: Bank, payee: Bank, open_payment, reason: str, fspiop: str):
    before = hub.position(payer.name)
    payment = open_payment()
    payee.answer(payment.uetr, "RJCT", reason)
    told = payer.told(payment.uetr)

    assert (told.status, told.code) == ("RJCT", reason)
    assert told.info.startswith(f"FSPIOP-{fspiop} ")
    assert told.text("OrgnlInstrId") == payment.instr
    assert hub.position(payer.name) == before
    verify(told.body, hub.certificate)


def test_text_of_a_refusal_is_passed_on(payer: Bank, payee: Bank, open_payment):
    payment = open_payment()
    reason = "<StsRsnInf><Rsn><Cd>AC06</Cd></Rsn><AddtlInf>Account frozen by court</AddtlInf></StsRsnInf>"
    body = f"<TxInfAndSts><OrgnlUETR>{payment.uetr}</OrgnlUETR><TxSts>RJCT</TxSts>{reason}</TxInfAndSts>"
    payee.send(payee.report(body))

    assert "Account frozen by court" in payer.told(payment.uetr).info


def test_proprietary_reason(payer: Bank, payee: Bank, open_payment):
    payment = open_payment()
    reason = "<StsRsnInf><Rsn><Prtry>OUR-OWN-7</Prtry></Rsn></StsRsnInf>"
    body = f"<TxInfAndSts><OrgnlUETR>{payment.uetr}</OrgnlUETR><TxSts>RJCT</TxSts>{reason}</TxInfAndSts>"
    payee.send(payee.report(body))
    told = payer.told(payment.uetr)

    assert (told.status, told.text("Prtry")) == ("RJCT", "OUR-OWN-7")


def test_statuses_a_bank_accepts_by_are_its_own(hub: Hub, payer: Bank, open_payment):
    bank = Bank(hub, "ansown", "ANSOUGKA", acceptStatuses=["ACSC"])
    payment = open_payment(bank)
    bank.answer(payment.uetr, "ACSP")
    bank.answer(payment.uetr, "ACCP")
    assert payer.reports(payment.uetr) == []
    bank.answer(payment.uetr, "ACSC")

    assert payer.told(payment.uetr).status == "ACSC"


def test_one_step_bank_is_not_confirmed(hub: Hub, payer: Bank, open_payment):
    bank = Bank(hub, "ansone", "ANSIUGKA", confirm="one-step")
    first = open_payment(bank)
    bank.answer(first.uetr, "ACSC")
    payer.told(first.uetr)
    bank.change(confirm="two-step")
    second = open_payment(bank)
    bank.answer(second.uetr, "ACSC")
    bank.told(second.uetr)

    assert bank.reports(first.uetr) == []


@pytest.mark.parametrize("by", ["OrgnlUETR", "OrgnlTxId", "OrgnlEndToEndId", "OrgnlInstrId"])
def test_payment_by_one_reference(payer: Bank, payee: Bank, open_payment, by: str):
    payment = open_payment()
    value = {
        "OrgnlUETR": payment.uetr, "OrgnlTxId": payment.tx, "OrgnlEndToEndId": payment.e2e,
        "OrgnlInstrId": payment.instr,
    }[by]  # fmt: skip
    payee.answer(value, "ACSC", by=by)

    assert payer.told(payment.uetr).status == "ACSC"


def test_payment_by_several_references(payer: Bank, payee: Bank, open_payment):
    payment = open_payment()
    group = (
        f"<OrgnlGrpInf><OrgnlMsgId>{payment.msg}</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInf>"
    )
    ids = f"{group}<OrgnlInstrId>{payment.instr}</OrgnlInstrId><OrgnlTxId>{payment.tx}</OrgnlTxId>"
    payee.send(payee.report(status_of(ids, "ACSC")))

    assert payer.told(payment.uetr).status == "ACSC"


@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
def test_status_of_the_whole_message(payer: Bank, payee: Bank, open_payment, status: str):
    payment = open_payment()
    body = (
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{payment.msg}</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId>"
        f"<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts>"
    )
    payee.send(payee.report(body))

    assert payer.told(payment.uetr).status == status


def test_same_reference_of_two_payments_is_never_guessed(payer: Bank, payee: Bank, open_payment):
    first, second = open_payment(e2e="SAME-E2E"), open_payment(e2e="SAME-E2E")
    payee.answer("SAME-E2E", "ACSC", by="OrgnlEndToEndId")
    told = payee.told("SAME-E2E", status="RJCT")
    assert told.status == "RJCT"
    assert payer.reports(first.uetr) == payer.reports(second.uetr) == []
    payee.answer(second.uetr, "ACSC")
    payee.answer(first.uetr, "RJCT", "AC04")

    assert (payer.told(first.uetr).status, payer.told(second.uetr).status) == ("RJCT", "ACSC")


def test_unknown_payment(payee: Bank):
    name = new_id()
    payee.answer(name, "ACSC", by="OrgnlTxId")
    told = payee.told(name)

    assert told.status == "RJCT"


@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
def test_third_bank_cannot_answer(hub: Hub, payer: Bank, payee: Bank, open_payment, status: str):
    name = "anseve" + status.lower()
    eve = Bank(hub, name, f"ANSE{'UGKA' if status == 'ACSC' else 'KENA'}")
    payment = open_payment()
    eve.answer(payment.uetr, status)
    told = eve.told(payment.uetr)

    assert (told.status, told.code) == ("RJCT", "AGNT")
    assert told.text("OrgnlInstrId") is None
    assert payer.reports(payment.uetr) == []
    payee.answer(payment.uetr, "ACSC")
    assert payer.told(payment.uetr).status == "ACSC"


def test_payer_cannot_answer_itself(payer: Bank, payee: Bank, open_payment):
    payment = open_payment()
    payer.answer(payment.uetr, "ACSC")

    assert payer.told(payment.uetr).code == "AGNT"


def test_silence_ends_at_the_expiry_and_late_answers_are_told(hub: Hub, payer: Bank, payee: Bank, open_payment):
    before = hub.position(payer.name)
    payment = open_payment(times=in_seconds(1.5))
    told = payer.told(payment.uetr)
    assert (told.status, told.code) == ("RJCT", "AB05")
    assert hub.position(payer.name) == before
    assert payee.told(payment.uetr).status == "RJCT"
    payee.answer(payment.uetr, "ACSC")
    late = payee.told(payment.uetr, 2)

    assert (late.status, late.code) == ("RJCT", "TM01")
    assert hub.position(payer.name) == before
    assert len(payer.reports(payment.uetr)) == 1


def test_repeated_answer_gets_the_state(hub: Hub, payer: Bank, payee: Bank, open_payment):
    payment = open_payment()
    payee.answer(payment.uetr, "ACSC")
    payee.told(payment.uetr)
    before = hub.position(payee.name)
    payee.answer(payment.uetr, "ACSC")

    assert payee.told(payment.uetr, 2).status == "ACSC"
    assert hub.position(payee.name) == before
    assert len(payer.reports(payment.uetr)) == 1


@pytest.mark.parametrize("by", ["OrgnlTxId", "OrgnlEndToEndId", "OrgnlInstrId"])
def test_further_answers_by_references_of_the_payer_s_bank_find_their_payment(
    payer: Bank, payee: Bank, open_payment, by: str
):
    payment = open_payment()
    value = {"OrgnlTxId": payment.tx, "OrgnlEndToEndId": payment.e2e, "OrgnlInstrId": payment.instr}[by]
    for nth in (1, 2):
        payee.answer(value, "ACSC", by=by)
        assert payee.told(payment.uetr, nth).status == "ACSC"
    payee.answer(value, "RJCT", "AC04", by=by)
    told = payee.told(payment.uetr, 3)
    assert (told.status, told.info[:12]) == ("ACSC", "FSPIOP-3100 ")


@pytest.mark.parametrize(("status", "reason"), [("RJCT", "AC04"), ("CANC", "CUST")])
def test_other_answer_after_the_commit_is_told_the_true_state(
    hub: Hub, payer: Bank, payee: Bank, open_payment, status: str, reason: str
):
    """RJCT would make the bank take back what it gave its customer: the payment stands, and the reason says why."""
    payment = open_payment()
    payee.answer(payment.uetr, "ACSC")
    payee.told(payment.uetr)
    before = hub.position(payee.name)
    payee.answer(payment.uetr, status, reason)
    told = payee.told(payment.uetr, 2)

    assert (told.status, told.info[:12]) == ("ACSC", "FSPIOP-3100 ")
    assert hub.position(payee.name) == before
    assert len(payer.reports(payment.uetr)) == 1


def test_acceptance_after_a_refusal_is_refused(hub: Hub, payer: Bank, payee: Bank, open_payment):
    payment = open_payment()
    payee.answer(payment.uetr, "RJCT", "AC04")
    payer.told(payment.uetr)
    before = hub.position(payer.name)
    payee.answer(payment.uetr, "ACSC")

    assert payee.told(payment.uetr).status == "RJCT"
    assert hub.position(payer.name) == before
    assert payer.told(payment.uetr).code == "AC04"


@pytest.mark.parametrize("version", ["10", "12", "14", "15"])
def test_versions_of_the_answer(hub: Hub, payer: Bank, payee: Bank, open_payment, version: str):
    payment = open_payment()
    body = status_of(f"<OrgnlUETR>{payment.uetr}</OrgnlUETR>", "ACSC")
    payee.send(payee.report(body, version))

    assert payer.told(payment.uetr).status == "ACSC"


@pytest.mark.parametrize("version", ["02", "08", "09", "10", "12", "13"])
@pytest.mark.parametrize("report", ["10", "15"])
def test_receiver_gets_its_own_versions(hub: Hub, payer: Bank, version: str, report: str):
    bank = Bank(
        hub,
        f"ver{version}{report}",
        f"VE{version}UG{report}",
        versions={
            "pacs.008": f"pacs.008.001.{version}",
            "pacs.002": f"pacs.002.001.{report}",
            "head.001": "head.001.001.03",
        },
    )
    bank.accept_all()
    payment = payer.pay(bic(bank.bic), after="<RmtInf><Ustrd>invoice 4711</Ustrd></RmtInf>")
    payer.send(payment.text)
    assert payer.told(payment.uetr).status == "ACSC"
    got = bank.listener.wait(lambda m: payment.tx.encode() in m.body and b"CdtTrfTxInf" in m.body).body

    assert f"pacs.008.001.{version}".encode() in got and b"head.001.001.03" in got and b"invoice 4711" in got
    assert (payment.uetr.encode() in got) == (version >= "08")
    verify(got, hub.certificate)
    told = bank.told(payment.tx)
    assert f"pacs.002.001.{report}".encode() in told.body


@pytest.mark.parametrize("amount", ['<IntrBkSttlmAmt Ccy="USD">10.01</IntrBkSttlmAmt>',
                                    '<IntrBkSttlmAmt Ccy="KES">10.00</IntrBkSttlmAmt>'])  # fmt: skip
@pytest.mark.parametrize("status", ["ACSC", "RJCT"])
def test_an_answer_about_another_amount_is_refused_and_the_payment_waits(payer, payee, open_payment, status, amount):
    payment = open_payment()
    known = f"<OrgnlUETR>{payment.uetr}</OrgnlUETR>"

    def answer(said: str, repeated: str) -> None:
        body = status_of(known, said).replace("</TxInfAndSts>", f"<OrgnlTxRef>{repeated}</OrgnlTxRef></TxInfAndSts>")
        payee.send(payee.report(body))

    answer(status, amount)
    refused = payee.told(payment.uetr)
    assert (refused.status, refused.code) == ("RJCT", "AM09")
    answer("ACSC", '<IntrBkSttlmAmt Ccy="USD">10</IntrBkSttlmAmt>')
    assert payer.told(payment.uetr).status == "ACSC"
