"""A customer's order of payments becomes one payment each, to banks and wallets, and one report at the end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from tests.e2e.bank_side import Bank, account, bic, by_phone, new_id, other
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub
from tests.e2e.pain_side import batch, message_id, order, report, reports, transfer
from tests.e2e.wallet_side import Wallet

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PHONE = "256772000941"


@pytest.fixture(scope="module")
def bank(hub: Hub) -> Bank:
    return Bank(hub, "initbank", "INITKENA")


@pytest.fixture(scope="module")
def creditor(hub: Hub) -> Bank:
    found = Bank(hub, "initcreditor", "INCRKENA")
    found.accept_all()
    return found


@pytest.fixture(scope="module")
def wallet(hub: Hub) -> Iterator[Wallet]:
    scheme = Scheme(hub)
    found = Wallet(scheme.dfsp("initwallet", version="1.1", funds=1_000_000, cap=1_000_000))
    path = f"/participants/MSISDN/{PHONE}"
    assert found.dfsp.send("POST", path, {"fspId": found.dfsp.name, "currency": "USD"}).status_code == 202
    found.dfsp.gets("PUT", path)
    yield found
    scheme.close()


def day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


def test_payees_of_all_kinds_are_paid_and_reported_together(bank: Bank, creditor: Bank, wallet: Wallet):
    before, gained = bank.hub.position(bank.name), bank.hub.position(creditor.name)
    document = order(
        batch(
            bank,
            transfer(bic(creditor.bic), "TO-BANK", amount="7.50"),
            transfer(other("NOTPROVIDED"), "TO-WALLET", account=by_phone(PHONE)),
            transfer(bic("NOBDKENA"), "TO-NOBODY"),
        ),
        sum="<CtrlSum>27.50</CtrlSum>",
    )
    bank.send(document)
    first, final = report(bank, message_id(document)), report(bank, message_id(document), 2)
    assert (first.group, first.transfers) == ("PART", {})
    assert final.group == "PART"
    assert final.transfers == {"TO-BANK": ("ACSC", ""), "TO-WALLET": ("ACSC", ""), "TO-NOBODY": ("RJCT", "RC04")}
    counts = {
        one.findtext("{*}DtldSts"): (one.findtext("{*}DtldNbOfTxs"), Decimal(one.findtext("{*}DtldCtrlSum")))
        for one in final.tree.iter("{*}NbOfTxsPerSts")
    }
    assert counts == {"ACSC": ("2", Decimal("17.5")), "RJCT": ("1", Decimal(10))}
    assert bank.hub.position(bank.name) - before == Decimal("17.5")
    assert gained - bank.hub.position(creditor.name) == Decimal("7.5")


def test_the_payees_bank_gets_a_pacs008_with_all_that_was_ordered(bank: Bank, creditor: Bank):
    name = new_id()[:20]
    document = order(batch(bank, transfer(bic(creditor.bic), name, text="invoice 4711")))
    bank.send(document)
    report(bank, message_id(document), 2)
    body = creditor.listener.wait(lambda m: b"<FIToFICstmrCdtTrf" in m.body and name.encode() in m.body).body.decode()
    for kept in (
        "<StrtNm>Moi Avenue</StrtNm><BldgNb>7</BldgNb>", "<InstrPrty>HIGH</InstrPrty><SvcLvl><Cd>SEPA</Cd></SvcLvl>",
        "<Purp><Cd>SALA</Cd></Purp>", "<Ustrd>invoice 4711</Ustrd>", "<Id>0110000001</Id>", "<BICFI>INITKENA</BICFI>",
        "<ChrgBr>SLEV</ChrgBr>", "<RjctTm>",
    ):  # fmt: skip
        assert kept in body, kept


@pytest.mark.parametrize("version", ["03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13"])
def test_every_version_is_taken(bank: Bank, creditor: Bank, version: str):
    document = order(batch(bank, transfer(bic(creditor.bic), "ONE"), version=version), version=version)
    if version < "04":
        document = document.replace("BICFI>", "BIC>")
    bank.send(document)
    assert report(bank, message_id(document), 2).transfers == {"ONE": ("ACSC", "")}


@pytest.mark.parametrize(("changes", "code"), [({"count": "2"}, "AM18"), ({"sum": "<CtrlSum>9.99</CtrlSum>"}, "AM10")])
def test_wrong_totals_refuse_the_whole(bank: Bank, creditor: Bank, changes: dict[str, str], code: str):
    document = order(batch(bank, transfer(bic(creditor.bic), "ONE")), **changes)
    before = bank.hub.position(bank.name)
    bank.send(document)
    told = report(bank, message_id(document))
    assert (told.group, told.code, told.transfers) == ("RJCT", code, {})
    assert bank.hub.position(bank.name) == before


def test_one_bad_instruction_leaves_the_others(bank: Bank, creditor: Bank):
    document = order(
        batch(bank, transfer(bic(creditor.bic), "GOOD"), totals="<NbOfTxs>1</NbOfTxs><CtrlSum>10</CtrlSum>"),
        batch(bank, transfer(bic(creditor.bic), "SUM"), totals="<CtrlSum>11</CtrlSum>"),
        batch(bank, transfer(bic(creditor.bic), "COUNT"), totals="<NbOfTxs>3</NbOfTxs>"),
        batch(bank, transfer(bic(creditor.bic), "CHEQUE"), method="CHK"),
        batch(bank, transfer(bic(creditor.bic), "AGENT"), agent=bic(creditor.bic)),
        batch(bank, transfer(bic(creditor.bic), "OLD"), day=day(-60)),
        batch(bank, transfer(bic(creditor.bic), "FAR"), day=day(500)),
        batch(bank, transfer(bic(creditor.bic), "MOVED"), day=day(-2)),
    )
    bank.send(document)
    final = report(bank, message_id(document), 2)
    assert final.transfers == {
        "GOOD": ("ACSC", ""), "SUM": ("RJCT", "AM10"), "COUNT": ("RJCT", "AM18"), "CHEQUE": ("RJCT", "AG03"),
        "AGENT": ("RJCT", "AGNT"), "OLD": ("RJCT", "DT01"), "FAR": ("RJCT", "DT04"), "MOVED": ("ACSC", "DT06"),
    }  # fmt: skip
    assert [one.text for one in final.tree.iter("{*}PmtInfSts")] == ["ACSC", *["RJCT"] * 6, "ACSC"]


def test_what_comes_twice_in_a_message_is_paid_once(bank: Bank, creditor: Bank):
    twice = transfer(bic(creditor.bic), "SAME", instr="I")
    document = order(
        batch(bank, twice, twice, id="P"),
        batch(bank, transfer(bic(creditor.bic), "SECOND"), id="P"),
        batch(bank, *(transfer(bic(creditor.bic), "NOTPROVIDED", instr=f"N{number}") for number in range(2))),
    )
    before = bank.hub.position(bank.name)
    bank.send(document)
    final = report(bank, message_id(document), 2)
    codes = [
        (one.findtext("{*}TxSts"), one.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd"))
        for one in final.tree.iter("{*}TxInfAndSts")
    ]
    assert codes == [("ACSC", None), ("RJCT", "DU04"), ("RJCT", "DU02"), ("ACSC", None), ("ACSC", None)]
    assert bank.hub.position(bank.name) - before == 30


def test_the_same_message_again_has_no_effect_and_the_same_report(bank: Bank, creditor: Bank):
    document = order(batch(bank, transfer(bic(creditor.bic), "ONE")))
    bank.send(document)
    final = report(bank, message_id(document), 2)
    before = bank.hub.position(bank.name)
    bank.send(document)
    again = report(bank, message_id(document), 3)
    assert (again.group, again.transfers) == (final.group, final.transfers)
    assert bank.hub.position(bank.name) == before


def test_a_message_id_names_one_order_only(bank: Bank, creditor: Bank):
    name = new_id()
    bank.send(order(batch(bank, transfer(bic(creditor.bic), "ONE")), msg=name))
    report(bank, name, 2)
    bank.send(order(batch(bank, transfer(bic(creditor.bic), "OTHER")), msg=name))
    told = report(bank, name, 3)
    assert (told.group, told.code) == ("RJCT", "DU01")


def test_a_business_message_id_names_one_message_only(bank: Bank, creditor: Bank):
    name = new_id()
    first, second = (order(batch(bank, transfer(bic(creditor.bic), "ONE"))) for _ in range(2))
    bank.send(first, id=name)
    bank.send(second, id=name)
    told = report(bank, message_id(second))
    assert (told.group, told.code) == ("RJCT", "DUPL")


def test_payments_of_a_later_day_wait_for_it(bank: Bank, creditor: Bank):
    tomorrow = order(batch(bank, transfer(bic(creditor.bic), "LATER"), day=day(2)))
    soon = (datetime.now(UTC) + timedelta(seconds=3)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    mixed = order(
        batch(bank, transfer(bic(creditor.bic), "NOW")),
        batch(bank, transfer(bic(creditor.bic), "SOON")).replace(f"<Dt>{day(0)}</Dt>", f"<DtTm>{soon}</DtTm>"),
    )
    bank.send(tomorrow)
    bank.send(mixed)
    assert report(bank, message_id(tomorrow)).group == "ACTC"
    final = report(bank, message_id(mixed), 2)
    assert final.transfers == {"NOW": ("ACSC", ""), "SOON": ("ACSC", "")}
    assert len(reports(bank, message_id(tomorrow))) == 1


def test_an_equivalent_is_paid_in_the_currency_it_is_meant_in(bank: Bank, creditor: Bank):
    money = '<EqvtAmt><Amt Ccy="USD">10.00</Amt><CcyOfTrf>{}</CcyOfTrf></EqvtAmt>'
    document = order(
        batch(
            bank,
            transfer(bic(creditor.bic), "SAME", money=money.format("USD")),
            transfer(bic(creditor.bic), "OTHER", money=money.format("TZS")),
        )
    )
    bank.send(document)
    final = report(bank, message_id(document), 2).transfers
    assert final == {"SAME": ("ACSC", ""), "OTHER": ("RJCT", "AM03")}


def test_who_may_initiate_for_a_bank_is_told_and_the_bank_too(hub: Hub, bank: Bank, creditor: Bank):
    channel = Bank(hub, "initchannel", "CHANKENA")
    bank.change(initiators=[channel.name])
    document = order(batch(bank, transfer(bic(creditor.bic), "ONE")))
    before = hub.position(bank.name)
    channel.send(document)
    final = report(channel, message_id(document), 2)
    assert final.transfers == {"ONE": ("ACSC", "")}
    assert hub.position(bank.name) - before == 10
    uetr = final.tree.findtext(".//{*}OrgnlUETR")
    assert bank.told(uetr).status == "ACSC"


def test_a_bank_may_hear_of_the_end_only(hub: Hub, creditor: Bank):
    quiet = Bank(hub, "initquiet", "QUIEKENA", interimReports=False, versions={"pain.002": "pain.002.001.03"})
    document = order(batch(quiet, transfer(bic(creditor.bic), "ONE")))
    quiet.send(document)
    assert report(quiet, message_id(document)).transfers == {"ONE": ("ACSC", "")}


def test_direct_debits_are_refused_in_words(bank: Bank):
    debit = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"><CstmrDrctDbtInitn><GrpHdr>'
        "<MsgId>DD-1</MsgId>"
        "<CreDtTm>2026-11-20T08:00:00Z</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>A</Nm></InitgPty></GrpHdr><PmtInf>"
        "<PmtInfId>P</PmtInfId><PmtMtd>DD</PmtMtd><ReqdColltnDt>2026-11-20</ReqdColltnDt><Cdtr><Nm>A</Nm></Cdtr>"
        "<CdtrAcct><Id><Othr><Id>1</Id></Othr></Id></CdtrAcct><CdtrAgt><FinInstnId><BIC>INITKENA</BIC></FinInstnId>"
        '</CdtrAgt><DrctDbtTxInf><PmtId><EndToEndId>E</EndToEndId></PmtId><InstdAmt Ccy="USD">1</InstdAmt><DbtrAgt>'
        "<FinInstnId><BIC>INCRKENA</BIC></FinInstnId></DbtrAgt><Dbtr><Nm>B</Nm></Dbtr><DbtrAcct><Id><Othr><Id>2</Id>"
        "</Othr></Id></DbtrAcct></DrctDbtTxInf></PmtInf></CstmrDrctDbtInitn></Document>"
    )
    bank.send(debit)
    told = report(bank, "DD-1")
    assert (told.group, told.code) == ("RJCT", "AG01")
    assert "no direct debits" in told.body.decode()


def test_a_bank_asks_what_became_of_its_order(bank: Bank, creditor: Bank):
    document = order(batch(bank, transfer(bic(creditor.bic), "ONE"), transfer(bic("NOBDKENA"), "TWO")))
    sent = bank.send(document)
    report(bank, message_id(document), 2)
    found = bank.answered(sent, 2)
    assert (found["state"], found["transactions"]) == ("PART", {"taken": 2, "settled": 1, "rejected": 1, "open": 0})
    assert [answer["definition"][:8] for answer in found["answers"]] == ["pain.002", "pain.002"]


def test_insufficient_money_is_told_for_each_payment(hub: Hub, creditor: Bank):
    poor = Bank(hub, "initpoor", "POORKENA")
    document = order(
        batch(
            poor,
            transfer(bic(creditor.bic), "SMALL", amount="1.00", account=account("1")),
            transfer(bic(creditor.bic), "HUGE", amount="99999999.00"),
        )
    )
    poor.send(document)
    assert report(poor, message_id(document), 2).transfers == {"SMALL": ("ACSC", ""), "HUGE": ("RJCT", "AM23")}


def test_what_the_payees_bank_says_of_its_customer_is_told(hub: Hub, bank: Bank, creditor: Bank):
    slow, sure = Bank(hub, "initslow", "INSLKENA"), Bank(hub, "initsure", "INSUKENA")
    slow.accept_all("ACWP")
    sure.accept_all("ACCC")
    transfers = [transfer(bic(one.bic), name) for one, name in ((creditor, "C"), (slow, "W"), (sure, "S"))]
    document = order(batch(bank, *transfers))
    bank.send(document)
    final = report(bank, message_id(document), 2)
    assert final.transfers == {"C": ("ACSC", ""), "W": ("ACWP", ""), "S": ("ACCC", "")}
    assert final.group == "ACSP"
    counts = {one.findtext("{*}DtldSts"): one.findtext("{*}DtldNbOfTxs") for one in final.tree.iter("{*}NbOfTxsPerSts")}
    assert counts == {"ACSC": "1", "ACWP": "1", "ACCC": "1"}

    paid = slow.listener.wait(lambda m: b">W</EndToEndId>" in m.body)
    slow.answer(etree.fromstring(paid.body).findtext(".//{*}PmtId/{*}UETR"), "ACCC")
    news = report(bank, message_id(document), 3)
    assert (news.group, news.transfers) == ("ACSC", {"W": ("ACCC", "")})
    assert bank.listener.all(lambda m: b"FIToFIPmtStsRpt" in m.body and b">W<" in m.body) == []


def test_what_is_blocked_after_all_is_told_with_the_reason(hub: Hub, bank: Bank):
    blocking = Bank(hub, "initblock", "INBLKENA")
    blocking.accept_all("ACWP")
    document = order(batch(bank, transfer(bic(blocking.bic), "B")))
    bank.send(document)
    assert report(bank, message_id(document), 2).transfers == {"B": ("ACWP", "")}
    paid = blocking.listener.wait(lambda m: b">B</EndToEndId>" in m.body)
    before = hub.position(bank.name)
    blocking.answer(etree.fromstring(paid.body).findtext(".//{*}PmtId/{*}UETR"), "BLCK", "AC06")
    assert report(bank, message_id(document), 3).transfers == {"B": ("BLCK", "AC06")}
    assert hub.position(bank.name) == before
