"""What is refused for a business reason is answered by a pacs.002 RJCT with its code, and moves no money."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.bank_side import Bank, account, bic, by_phone, in_seconds, moment, new_id, other, verify
from tests.e2e.hub import Hub

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
BEFORE = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
AFTER = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    bank = Bank(hub, "bizalpha", "BIZAKENA")
    hub.add("bizalpha", "JPY")
    hub.add("bizalpha", "XOF")
    hub.add("bizalpha", "KES", cap=50)
    return bank


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    bank = Bank(hub, "bizbeta", "BIZBUGKA")
    for currency in ("JPY", "XOF", "KES"):
        hub.add("bizbeta", currency)
    bank.accept_all()
    return bank


@pytest.fixture(scope="module")
def idle(hub: Hub) -> Bank:
    """A participant that was switched off."""
    bank = Bank(hub, "bizidle", "BIZIUGKA")
    hub.operate("PUT", "/participants/bizidle", {"isActive": False})
    return bank


REFUSALS = [
    ("settlement by an agent", {"method": "INDA"}, "FF03", "3100"),
    ("cover payment", {"method": "INGA"}, "FF03", "3100"),
    ("settlement account", {"settlement": "<SttlmAcct><Id><Othr><Id>1</Id></Othr></Id></SttlmAcct>"}, "FF03", "3100"),
    ("control sum", {"sum": "<CtrlSum>11</CtrlSum>"}, "AM10", "3100"),
    ("total", {"sum": '<TtlIntrBkSttlmAmt Ccy="USD">10.01</TtlIntrBkSttlmAmt>'}, "AM10", "3100"),
    ("total in another currency", {"sum": '<TtlIntrBkSttlmAmt Ccy="KES">10</TtlIntrBkSttlmAmt>'}, "AM10", "3100"),
    ("date passed", {"day": BEFORE}, "DT01", "3101"),
    ("date to come", {"day": AFTER}, "DT04", "3101"),
    ("too late", {"times": in_seconds(-3)}, "TM01", "3100"),
    ("created too long ago", {"made": moment(minutes=5)}, "TM01", "3100"),
    ("nothing", {"amount": "0.00"}, "AM01", "3101"),
    ("half a yen", {"amount": "1.5", "currency": "JPY"}, "AM12", "3101"),
    ("centimes of CFA", {"amount": "100.25", "currency": "XOF"}, "AM12", "3101"),
    ("third decimal", {"amount": "10.001"}, "AM12", "3101"),
    ("unknown creditor agent", {"creditor_agent": bic("NOBOUGKA")}, "RC04", "3203"),
    ("contradicting agent", {"creditor_agent": bic("BIZBUGKA") + other("bizalpha")}, "AGNT", "3100"),
    ("debtor agent of another", {"debtor_agent": bic("BIZBUGKA")}, "AGNT", "3100"),
    ("currency without accounts", {"currency": "EUR"}, "AM03", "3100"),
    ("inactive payee", {"creditor_agent": bic("BIZIUGKA")}, "AG10", "3100"),
    ("more than the liquidity", {"amount": "1000000.01"}, "AM23", "4001"),
    ("more than the cap", {"amount": "50.01", "currency": "KES"}, "AM13", "4200"),
    ("unknown currency", {"currency": "ABC"}, "AM11", "3101"),
    ("paying itself", {"creditor_agent": bic("BIZAKENA")}, "FF01", "3100"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "code", "fspiop"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_refusals(
    hub: Hub, payer: Bank, payee: Bank, idle: Bank, name: str, changes: dict[str, str], code: str, fspiop: str
):
    before = [hub.position(payer.name, currency) for currency in ("USD", "JPY", "XOF", "KES")]
    agent = changes.get("creditor_agent", bic("BIZBUGKA"))
    payment = payer.pay(agent, **{key: value for key, value in changes.items() if key != "creditor_agent"})
    reference = payer.send(payment.text)
    told = payer.told(payment.uetr)

    assert (told.status, told.code) == ("RJCT", code)
    assert told.info.startswith(f"FSPIOP-{fspiop} ")
    assert [hub.position(payer.name, currency) for currency in ("USD", "JPY", "XOF", "KES")] == before
    verify(told.body, hub.certificate)
    found = payer.query(reference).json()
    assert (found["state"], found["reason"]["code"]) == ("ABORTED", code)


def test_control_sums_that_fit(payer: Bank, payee: Bank):
    total = '<CtrlSum>10.0</CtrlSum><TtlIntrBkSttlmAmt Ccy="USD">10</TtlIntrBkSttlmAmt>'
    payment = payer.pay(bic("BIZBUGKA"), sum=total)
    payer.send(payment.text)

    assert payer.told(payment.uetr).status == "ACSC"


def test_yen_are_written_without_decimals(payer: Bank, payee: Bank):
    payment = payer.pay(bic("BIZBUGKA"), amount="1500.0", currency="JPY")
    name = payer.send(payment.text)
    payer.told(payment.uetr)

    assert payer.query(name).json()["amount"] == {"currency": "JPY", "amount": "1500"}


@pytest.mark.parametrize(("count", "copies", "code"), [("2", 1, "AM18"), ("3", 2, "AM18"), ("1", 2, "AM18")])
def test_number_of_transactions(hub: Hub, payer: Bank, payee: Bank, count: str, copies: int, code: str):
    one = payer.pay(bic("BIZBUGKA"), count=count)
    start, begin, rest = one.text.partition("<CdtTrfTxInf>")
    inside, end, tail = rest.partition("</CdtTrfTxInf>")
    text = start + (begin + inside + end) * copies + tail
    before = hub.position(payer.name)
    payer.send(text)
    told = payer.told(one.msg)

    assert (told.status, told.code, told.text("OrgnlMsgId")) == ("RJCT", code, one.msg)
    assert hub.position(payer.name) == before


def test_unknown_number_without_agent(payer: Bank, payee: Bank):
    payment = payer.pay(other("NOTPROVIDED"), creditor_account=by_phone("254700999999"))
    payer.send(payment.text)

    told = payer.told(payment.uetr)
    assert (told.status, told.code) == ("RJCT", "BE06")
    assert told.info.startswith("FSPIOP-3204 ")


def test_no_way_to_the_payee(payer: Bank, payee: Bank):
    payment = payer.pay("<Nm>Somewhere</Nm>", creditor_account=account("777"))
    payer.send(payment.text)

    assert (payer.told(payment.uetr).status, payer.told(payment.uetr).code[:2]) == ("RJCT", "BE")


class TestRepeats:
    """The same payment again is answered by its present state; the same id for something else is refused."""

    def test_same_bytes(self, hub: Hub, payer: Bank, payee: Bank):
        payment = payer.pay(bic("BIZBUGKA"))
        header = {"id": new_id(), "created": moment()}
        payer.send(payment.text, signed=False, **header)
        payer.told(payment.uetr)
        before = hub.position(payer.name)
        payer.send(payment.text, signed=False, **header)
        second = payer.told(payment.uetr, 2)

        assert (second.status, second.text("OrgnlInstrId")) == ("ACSC", payment.instr)
        assert hub.position(payer.name) == before
        assert len([m for m in payee.listener.got if b"CdtTrfTxInf" in m.body and payment.tx.encode() in m.body]) == 1

    def test_new_envelope(self, hub: Hub, payer: Bank, payee: Bank):
        payment = payer.pay(bic("BIZBUGKA"))
        payer.send(payment.text)
        payer.told(payment.uetr)
        before = hub.position(payer.name)
        again = payment.text.replace(payment.msg, new_id()).replace(">10.00<", ">10.0<")
        name = payer.send(again)

        assert payer.told(payment.uetr, 2).status == "ACSC"
        assert hub.position(payer.name) == before
        assert payer.query(name).json()["state"] == "COMMITTED"

    def test_of_a_refused_payment(self, payer: Bank, payee: Bank):
        payment = payer.pay(bic("BIZBUGKA"), amount="0")
        payer.send(payment.text)
        payer.told(payment.uetr)
        payer.send(payment.text)
        second = payer.told(payment.uetr, 2)

        assert (second.status, second.code) == ("RJCT", "AM01")

    def test_while_it_is_open(self, hub: Hub, payer: Bank, payee: Bank):
        slow = Bank(hub, "bizslow", "BIZSUGKA")
        payment = payer.pay(bic("BIZSUGKA"))
        name = payer.send(payment.text)
        slow.payment(payment.uetr)
        payer.send(payment.text)
        assert payer.query(name).json()["state"] == "RESERVED"
        slow.answer(payment.uetr, "ACCP")

        assert payer.told(payment.uetr).status == "ACSC"

    @pytest.mark.parametrize(
        ("old", "new"),
        [(">10.00<", ">10.01<"), ("Kato Millers", "Other Payee"), ("0220000002", "0220000003"), ("USD", "JPY")],
    )
    def test_same_uetr_for_another_payment(self, hub: Hub, payer: Bank, payee: Bank, old: str, new: str):
        payment = payer.pay(bic("BIZBUGKA"))
        payer.send(payment.text)
        payer.told(payment.uetr)
        before = hub.position(payer.name)
        payer.send(payment.text.replace(old, new))
        second = payer.told(payment.uetr, 2)

        assert (second.status, second.code) == ("RJCT", "DUPL")
        assert second.info.startswith("FSPIOP-3106 ")
        assert hub.position(payer.name) == before

    def test_same_message_id_for_another_payment(self, hub: Hub, payer: Bank, payee: Bank):
        first, second = payer.pay(bic("BIZBUGKA")), payer.pay(bic("BIZBUGKA"))
        name = payer.send(first.text)
        payer.told(first.uetr)
        before = hub.position(payer.name)
        payer.send(second.text, id=name)
        told = payer.told(second.uetr)

        assert (told.status, told.code) == ("RJCT", "DUPL")
        assert hub.position(payer.name) == before

    def test_same_transaction_id_without_uetr(self, hub: Hub, payer: Bank, payee: Bank):
        payment = payer.pay(bic("BIZBUGKA"), "07")
        payer.send(payment.text)
        payer.told(payment.tx)
        before = hub.position(payer.name)
        payer.send(payment.text)
        assert payer.told(payment.tx, 2).status == "ACSC"
        payer.send(payment.text.replace(">10.00<", ">11.00<"))

        assert payer.told(payment.tx, 3).code == "DUPL"
        assert hub.position(payer.name) == before

    def test_uetr_of_another_bank(self, hub: Hub, payer: Bank, payee: Bank):
        """Nobody learns about, or disturbs, a payment of somebody else by using its id."""
        thief = Bank(hub, "bizthief", "BIZTUGKA")
        payment = payer.pay(bic("BIZBUGKA"))
        payer.send(payment.text)
        payer.told(payment.uetr)
        text = payment.text.replace(bic("BIZAKENA"), bic("BIZTUGKA"))
        thief.send(text)
        told = thief.told(payment.uetr)

        assert (told.status, told.code) == ("RJCT", "DUPL")
        assert len(payer.reports(payment.uetr)) == 1
        assert thief.query(str(uuid.uuid4())).status_code == 404


def test_state_is_that_of_the_very_message(hub: Hub, payer: Bank, payee: Bank):
    """A message that was refused is not told the success of the payment whose id it used, and no stranger is."""
    payment = payer.pay(bic("BIZBUGKA"))
    first = payer.send(payment.text)
    payer.told(payment.uetr)
    modified = payer.send(payment.text.replace(">10.00<", ">11.00<"))
    payer.told(payment.uetr, 2)
    spy = Bank(hub, "bizspy", "BIZPUGKA")
    stolen = spy.send(payment.text.replace(bic("BIZAKENA"), bic("BIZPUGKA")))
    guessed = spy.answer(payment.uetr, "ACSC")
    spy.told(payment.uetr, 2)
    group = payer.pay(bic("BIZBUGKA"), count="2")
    counted = payer.send(group.text)
    payer.told(group.msg)

    assert payer.query(first).json()["state"] == "COMMITTED"
    for bank, name in ((payer, modified), (spy, stolen), (spy, guessed), (payer, counted)):
        found = bank.query(name).json()
        assert found["state"] == "REFUSED"
        assert not {"amount", "payer", "payee"} & set(found)
