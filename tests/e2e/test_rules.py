"""What breaks a pack of rules that a bank agreed on is refused by the message's own answer; others hear nothing."""

import pytest

from tests.e2e.bank_side import Bank, bic, new_id, sign, status_of, wrap
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]

WRONG_IBAN = "<Id><IBAN>DE00345678901234567890</IBAN></Id>"


@pytest.fixture(scope="module")
def creditor(hub: Hub) -> Bank:
    found = Bank(hub, "rulbeta", "RULBUGKA")
    found.accept_all()
    return found


@pytest.fixture(scope="module")
def strict(hub: Hub, creditor: Bank) -> Bank:
    return Bank(hub, "rulstrict", "RULSKENA", rules=["base"])


@pytest.fixture(scope="module")
def lenient(hub: Hub, creditor: Bank) -> Bank:
    return Bank(hub, "rullenient", "RULLKENA")


@pytest.mark.parametrize("signed", [False, True])
def test_a_broken_rule_is_told_with_reason_number_and_place(strict: Bank, signed: bool):
    payment = strict.pay(bic("RULBUGKA"), creditor_account=WRONG_IBAN)
    strict.send(payment.text, signed=signed)
    report = strict.told(payment.uetr)

    assert (report.status, report.code) == ("RJCT", "AC01")
    assert report.info.startswith("FSPIOP-3100 BASE-0001 an IBAN has the length")
    assert report.info.endswith("at CdtrAcct/Id/IBAN")


def test_a_repeat_is_answered_alike_and_a_right_payment_goes_through(strict: Bank, creditor: Bank):
    payment = strict.pay(bic("RULBUGKA"), creditor_account=WRONG_IBAN)
    strict.send(payment.text)
    strict.send(payment.text)
    assert strict.told(payment.uetr, 2).status == "RJCT"
    right = strict.pay(bic("RULBUGKA"), creditor_account="<Id><IBAN>DE89370400440532013000</IBAN></Id>")
    strict.send(right.text)

    assert strict.told(right.uetr).status == "ACSC"
    assert not any(payment.uetr.encode() in each.body for each in creditor.listener.got)


def test_without_such_an_agreement_the_sandbox_only_counts(hub: Hub, lenient: Bank):
    payment = lenient.pay(bic("RULBUGKA"), creditor_account=WRONG_IBAN)
    lenient.send(payment.text)

    assert lenient.told(payment.uetr).status == "ACSC"
    assert 'isoloop_rules_broken_total{edge="iso",rule="BASE-0001"}' in hub.operate("GET", "/metrics").text


def test_many_payments_are_each_refused(strict: Bank):
    first, second = (strict.pay(bic("RULBUGKA"), creditor_account=WRONG_IBAN) for _ in range(2))
    more = second.text[second.text.index("<CdtTrfTxInf>") : second.text.index("</FIToFICstmrCdtTrf>")]
    text = first.text.replace("</FIToFICstmrCdtTrf>", more + "</FIToFICstmrCdtTrf>")
    strict.send(text.replace("<NbOfTxs>1<", "<NbOfTxs>2<"))
    report = strict.told(first.uetr)

    assert report.status == "RJCT"
    assert second.uetr.encode() in report.body


def test_a_banks_answer_that_breaks_a_rule_is_refused(hub: Hub, lenient: Bank):
    payee = Bank(hub, "rulpayee", "RULPUGKA", rules=["base"])
    payment = lenient.pay(bic("RULPUGKA"))
    lenient.send(payment.text)
    payee.payment(payment.uetr)
    payee.send(payee.report(status_of(f"<OrgnlUETR>{payment.uetr}</OrgnlUETR>", "RJCT", "NARR")))
    refused = payee.told(payment.uetr)
    payee.answer(payment.uetr, "ACSC")

    assert refused.info.startswith("FSPIOP-3100 BASE-0301")
    assert lenient.told(payment.uetr).status == "ACSC"


def test_a_profile_names_packs_that_there_are(hub: Hub, strict: Bank):
    assert hub.operate("GET", f"/participants/{strict.name}/iso").json()["rules"] == ["base"]
    told = hub.operate("PUT", f"/participants/{strict.name}/iso", {**strict.profile, "rules": ["cbprplus"]}, ok=False)

    assert told.status_code == 400
    assert "rules must be some of base, cbpr" in told.text


def test_a_header_asks_for_a_pack(strict: Bank, hub: Hub):
    """Its rules are judged, and in the sandbox only counted."""
    payment = strict.pay(bic("RULBUGKA"))
    name = new_id()
    text = wrap(
        strict.head("pacs.008.001.08", id=name).replace("<CreDt>", "<BizSvc>swift.cbprplus.02</BizSvc><CreDt>"),
        payment.text,
    )
    assert strict.post(sign(text, strict.keys)).status_code == 202
    assert strict.told(payment.uetr).status == "ACSC"
    assert 'rule="CBPR-0003"' in hub.operate("GET", "/metrics").text
