"""Transfers between institutions (pacs.009), and debits, which are understood and refused."""

import uuid
from decimal import Decimal

import pytest
from lxml import etree

from tests.e2e.bank_side import XSD, Bank, bic, moment, new_id, other, report_of
from tests.e2e.fspiop_hub import Scheme
from tests.e2e.hub import Hub
from tests.e2e.return_side import asking, between, by, got

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
COVER = (
    "<UndrlygCstmrCdtTrf><Dbtr><Nm>Ayo Adeyemi</Nm></Dbtr><DbtrAcct><Id><Othr><Id>77</Id></Othr></Id></DbtrAcct>"
    "<DbtrAgt><FinInstnId><BICFI>FIALKENA</BICFI></FinInstnId></DbtrAgt>"
    "<CdtrAgt><FinInstnId><BICFI>FIBEUGKA</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Obi Eze</Nm></Cdtr>"
    '<RmtInf><Ustrd>order 12</Ustrd></RmtInf><InstdAmt Ccy="USD">250.00</InstdAmt></UndrlygCstmrCdtTrf>'
)


@pytest.fixture(scope="module")
def payer(hub: Hub) -> Bank:
    return Bank(hub, "fialpha", "FIALKENA")


@pytest.fixture(scope="module")
def payee(hub: Hub) -> Bank:
    return Bank(hub, "fibeta", "FIBEUGKA")


@pytest.fixture(scope="module")
def newer(hub: Hub) -> Bank:
    return Bank(hub, "figamma", "FIGATZTA", versions={"pacs.009": "pacs.009.001.12"})


def named(tag: str, agent: str) -> str:
    return f"<{tag}><FinInstnId>{agent}</FinInstnId></{tag}>"


@pytest.mark.parametrize("version", ["08", "10", "11", "12"])
def test_transfer_is_forwarded_and_settled_in_every_edition(hub: Hub, payer: Bank, payee: Bank, version: str):
    payee.change(versions={"pacs.009": f"pacs.009.001.{version}"})
    before = hub.position("fialpha"), hub.position("fibeta")
    document, uetr = between(payer, bic("FIBEUGKA"), version)
    payer.send(document)
    assert document.encode() in got(payee, "FICdtTrf", uetr)
    payee.answer(uetr, "ACSP")
    told = payer.told(uetr)
    assert (told.status, told.text("OrgnlMsgNmId")) == ("ACSC", f"pacs.009.001.{version}")
    assert payee.told(uetr).status == "ACSC"
    after = hub.position("fialpha"), hub.position("fibeta")
    assert (after[0] - before[0], after[1] - before[1]) == (Decimal(250), Decimal(-250))


def test_cover_keeps_its_customers_in_another_edition(payer: Bank, newer: Bank):
    document, uetr = between(payer, bic("FIGATZTA"), after=COVER)
    payer.send(document)
    tree = etree.fromstring(got(newer, "FICdtTrf", uetr))
    assert etree.QName(tree[1]).namespace.endswith("pacs.009.001.12")
    found = tree.find(".//{*}UndrlygCstmrCdtTrf")
    assert [found.findtext(f".//{{*}}{name}") for name in ("Dbtr/{*}Nm", "Cdtr/{*}Nm", "Ustrd", "InstdAmt")] == [
        "Ayo Adeyemi", "Obi Eze", "order 12", "250.00",
    ]  # fmt: skip
    newer.answer(uetr, "RJCT", "AC01")
    assert (payer.told(uetr).status, payer.told(uetr).code) == ("RJCT", "AC01")


def test_instructed_agent_is_paid_for_whoever_is_behind_it(payer: Bank, payee: Bank):
    agents = named("InstgAgt", bic("FIALKENA")) + named("InstdAgt", bic("FIBEUGKA"))
    document, uetr = between(payer, bic("NOBODEFF"), agents=agents, debtor=bic("OTHRGB22"))
    payer.send(document)
    got(payee, "FICdtTrf", uetr)
    payee.answer(uetr, "ACSC")
    assert payer.told(uetr).status == "ACSC"


def test_transfer_is_found_by_status_requests_and_a_repeat_has_one_effect(hub: Hub, payer: Bank, payee: Bank):
    document, uetr = between(payer, bic("FIBEUGKA"))
    payer.send(document)
    got(payee, "FICdtTrf", uetr)
    payee.answer(uetr, "ACSC")
    assert payer.told(uetr).status == "ACSC"
    before = hub.position("fialpha")
    name = payer.send(document)
    assert payer.told(uetr, 2).status == "ACSC"
    assert payer.query(name).json()["state"] == "COMMITTED"
    payer.send(asking(by(UETR=uetr)))
    assert payer.told(uetr, 3).status == "ACSC"
    assert hub.position("fialpha") == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"creditor": bic("NOBODEFF")}, "RC04"),
        ({"debtor": bic("FIBEUGKA")}, "AGNT"),
        ({"amount": "0"}, "AM01"),
        ({"agents": named("InstdAgt", bic("NOBODEFF"))}, "RC04"),
    ],
)
def test_transfer_that_breaks_a_rule_is_refused(payer: Bank, payee: Bank, changes: dict[str, str], code: str):
    creditor = changes.pop("creditor", bic(payee.bic))
    document, uetr = between(payer, creditor, **changes)
    payer.send(document)
    assert (payer.told(uetr).status, payer.told(uetr).code) == ("RJCT", code)


def test_dfsp_is_not_paid_by_an_institutions_transfer(payer: Bank, scheme: Scheme):
    wallet = scheme.dfsp("fiwallet", version="1.1")
    document, uetr = between(payer, other(wallet.name))
    payer.send(document)
    told = payer.told(uetr)
    assert (told.status, told.code) == ("RJCT", "AG03")
    assert "pacs.008" in told.info


def debit(name: str) -> tuple[str, str]:
    """A Document by which money would be taken, and its UETR."""
    uetr, made = str(uuid.uuid4()), moment()
    head = f"<GrpHdr><MsgId>{new_id()}</MsgId><CreDtTm>{made}</CreDtTm><NbOfTxs>1</NbOfTxs>"
    clearing = "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>"
    ids = f"<PmtId><EndToEndId>E1</EndToEndId><UETR>{uetr}</UETR></PmtId>"
    amount = '<IntrBkSttlmAmt Ccy="USD">5.00</IntrBkSttlmAmt>'
    agents = named("CdtrAgt", bic("FIALKENA"))
    account = "<DbtrAcct><Id><Othr><Id>1</Id></Othr></Id></DbtrAcct>"
    debtor = f"<Dbtr><Nm>B</Nm></Dbtr>{account}{named('DbtrAgt', bic('FIBEUGKA'))}"
    content = {
        "pacs.003.001.08": f"<FIToFICstmrDrctDbt>{head}{clearing}<DrctDbtTxInf>{ids}{amount}<ChrgBr>SLEV</ChrgBr>"
        f"<Cdtr><Nm>A</Nm></Cdtr>{agents}{debtor}</DrctDbtTxInf></FIToFICstmrDrctDbt>",
        "pacs.010.001.03": f"<FIDrctDbt>{head}</GrpHdr><CdtInstr><CdtId>C1</CdtId>{named('Cdtr', bic('FIALKENA'))}"
        f"<DrctDbtTxInf>{ids}{amount}{named('Dbtr', bic('FIBEUGKA'))}</DrctDbtTxInf></CdtInstr></FIDrctDbt>",
    }[name]
    return f'<Document xmlns="{XSD}{name}">{content}</Document>', uetr


@pytest.mark.parametrize("name", ["pacs.003.001.08", "pacs.010.001.03"])
def test_debits_are_refused_with_a_business_answer(hub: Hub, payer: Bank, name: str):
    before = hub.position("fibeta")
    document, uetr = debit(name)
    payer.send(document)
    body = payer.listener.wait(lambda found: uetr.encode() in found.body).body
    report = report_of(body)
    assert report is not None
    assert (report.status, report.code, report.text("OrgnlMsgNmId")) == ("RJCT", "AG01", name)
    assert "not offered here" in report.info
    assert hub.position("fibeta") == before
