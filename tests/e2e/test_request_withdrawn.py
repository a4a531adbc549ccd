"""A creditor takes its request to pay back: the debtor's side is told, and nobody pays it any more."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from tests.e2e.bank_side import XSD, Bank, bic, moment, new_id, other
from tests.e2e.case_side import assignment, case, count, fresh, resolution, told
from tests.e2e.fspiop_hub import Scheme, verified
from tests.e2e.hub import Hub, running_hub
from tests.e2e.pain_side import Asked, answers, ask, asked_of, say
from tests.e2e.test_request_to_pay import paid, pay, say_raw
from tests.e2e.wallet_side import ACCOUNT, Wallet

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
WITHDRAWAL = """<Document xmlns="{xsd}camt.055.001.{version}"><CstmrPmtCxlReq>{assignment}<Undrlyg>{group}{block}\
</Undrlyg></CstmrPmtCxlReq></Document>"""
GROUP = """<OrgnlGrpInfAndCxl><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>pain.013.001.07</OrgnlMsgNmId>{}\
</OrgnlGrpInfAndCxl>"""
BLOCK = """<OrgnlPmtInfAndCxl><OrgnlPmtInfId>{}</OrgnlPmtInfId>{}</OrgnlPmtInfAndCxl>"""
WHY = "<CxlRsnInf><Rsn><Cd>CUST</Cd></Rsn><AddtlInf>Ordered by mistake</AddtlInf></CxlRsnInf>"


@pytest.fixture(scope="module")
def creditor(hub: Hub) -> Bank:
    found = Bank(hub, "rtwcreditor", "RTWCKENA")
    found.accept_all()
    return found


@pytest.fixture(scope="module")
def debtor(hub: Hub) -> Bank:
    return Bank(hub, "rtwdebtor", "RTWDKENA")


def withdrawing(bank: Bank, asked: Asked, number: str, version: str = "08") -> str:
    """A camt.055 for one request to pay."""
    one = (
        f"<TxInf><CxlId>{number}</CxlId>{case(bank, number)}<OrgnlEndToEndId>{asked.e2e}</OrgnlEndToEndId>{WHY}</TxInf>"
    )
    return WITHDRAWAL.format(
        xsd=XSD, version=version, assignment=assignment(bank, other("Hub")), group=GROUP.format(asked.message_id, ""),
        block=BLOCK.format(asked.batch, one),
    )  # fmt: skip


def shown(creditor: Bank, debtor: Bank, **changes: str) -> tuple[Asked, str]:
    """A request that has reached the debtor's bank, and its form there."""
    asked = ask(creditor, bic(debtor.bic), **changes)
    creditor.send(asked.text)
    return asked, asked_of(debtor, asked.e2e)


def test_it_is_cancelled_by_the_creditors_word_and_not_paid_any_more(creditor: Bank, debtor: Bank) -> None:
    asked, _ = shown(creditor, debtor)
    number = fresh()
    document, header = withdrawing(creditor, asked, number), {"id": new_id(), "created": moment()}
    creditor.send(document, signed=False, **header)
    answer = told(creditor, "RsltnOfInvstgtn", number)
    assert answer.verdict == ("CNCL", "ACCR", None)
    assert [answer.text(name) for name in ("OrgnlPmtInfId", "OrgnlEndToEndId", "OrgnlMsgId", "OrgnlMsgNmId")] == [
        asked.batch, asked.e2e, asked.message_id, "pain.013.001.07",
    ]  # fmt: skip
    assert document.encode() in told(debtor, "CstmrPmtCxlReq", number).body
    assert pay(debtor, creditor, asked.e2e) == ("RJCT", "DS02")

    debtor.send(resolution(debtor, f"<OrgnlEndToEndId>{asked.e2e}</OrgnlEndToEndId>", "CNCL"))
    debtor.send(resolution(debtor, "", "RJCR", resolved=case(debtor, number, "RslvdCase")))
    rejected = told(debtor, "admi.002.001.01", "taken the request back")
    assert rejected is not None
    creditor.send(document, signed=False, **header)
    assert told(creditor, "RsltnOfInvstgtn", number, 2).verdict == ("CNCL", "ACCR", None)
    assert count(debtor, "CstmrPmtCxlReq", number) == 1
    creditor.send(asked.text)
    assert answers(creditor, asked.message_id).transfers == {asked.e2e: ("RJCT", "DS02")}


def test_what_was_answered_paid_or_over_is_not_taken_back(creditor: Bank, debtor: Bank) -> None:
    over, _ = shown(creditor, debtor, expiry=moment(seconds=-1))
    accepted, seen = shown(creditor, debtor)
    say(debtor, seen, "ACCP")
    answers(creditor, accepted.message_id)
    refused, seen = shown(creditor, debtor)
    say(debtor, seen, "RJCT", "CUST")
    answers(creditor, refused.message_id)
    done, _ = shown(creditor, debtor)
    assert pay(debtor, creditor, done.e2e) == ("ACSC", "")
    answers(creditor, over.message_id)
    unknown = Asked("", new_id(), new_id(), new_id())
    reasons = [(over, "AEXR"), (accepted, "ALAC"), (refused, "ARFR"), (done, "PATE"), (unknown, "IRNR")]
    for asked, reason in reasons:
        number = fresh()
        creditor.send(withdrawing(creditor, asked, number))
        assert told(creditor, "RsltnOfInvstgtn", number).verdict == ("RJCR", "RJCR", reason)
        assert count(debtor, "CstmrPmtCxlReq", number) == 0


def test_nobody_takes_back_what_another_asked_for(creditor: Bank, debtor: Bank) -> None:
    asked, seen = shown(creditor, debtor)
    number = fresh()
    debtor.send(withdrawing(debtor, asked, number))
    assert told(debtor, "RsltnOfInvstgtn", number).verdict == ("RJCR", "RJCR", "IRNR")
    say(debtor, seen, "ACCP")
    assert answers(creditor, asked.message_id).transfers == {asked.e2e: ("ACCP", "")}


def test_each_bank_has_its_own_version_of_it(hub: Hub, creditor: Bank) -> None:
    newer = Bank(hub, "rtwnewer", "RTWNKENA", versions={"camt.055": "camt.055.001.12"})
    asked, seen = shown(creditor, newer)
    number = fresh()
    creditor.send(withdrawing(creditor, asked, number))
    forwarded = told(newer, "CstmrPmtCxlReq", number)
    assert "camt.055.001.12" in forwarded.tree[1].tag
    assert (forwarded.text("OrgnlEndToEndId"), forwarded.text("AddtlInf")) == (asked.e2e, "Ordered by mistake")
    late = say_raw(newer, seen, "ACCP")
    assert late[0] == 400
    assert "DS02" in late[1]


def test_a_whole_message_of_requests_is_taken_back(creditor: Bank, debtor: Bank) -> None:
    first, second = ask(creditor, bic(debtor.bic)), ask(creditor, bic(debtor.bic))
    inside = second.text[second.text.index("<CdtTrfTx>") : second.text.index("</PmtInf>")]
    text = first.text.replace("<NbOfTxs>1<", "<NbOfTxs>2<").replace("</PmtInf>", f"{inside}</PmtInf>")
    creditor.send(text)
    say(debtor, asked_of(debtor, second.e2e), "ACCP")
    answers(creditor, first.message_id)
    group = GROUP.format(first.message_id, f"<GrpCxl>true</GrpCxl>{WHY}")
    around = assignment(creditor, other("Hub"))
    creditor.send(WITHDRAWAL.format(xsd=XSD, version="08", assignment=around, group=group, block=""))
    assert told(creditor, "RsltnOfInvstgtn", first.e2e).verdict == ("CNCL", "ACCR", None)
    assert told(creditor, "RsltnOfInvstgtn", second.e2e).verdict == ("RJCR", "RJCR", "ALAC")
    forwarded = told(debtor, "CstmrPmtCxlReq", first.e2e)
    assert [forwarded.text(name) for name in ("OrgnlMsgId", "OrgnlPmtInfId", "CxlRsnInf/{*}Rsn/{*}Cd")] == [
        first.message_id, first.batch, "CUST",
    ]  # fmt: skip
    assert count(debtor, "CstmrPmtCxlReq", second.e2e) == 0


@pytest.fixture
def wallet(hub: Hub) -> Iterator[Wallet]:
    scheme = Scheme(hub)
    yield Wallet(scheme.dfsp("rtwwallet", version="1.1", funds=1_000_000, cap=1_000_000))
    scheme.close()


def test_a_wallet_is_told_by_the_error_that_ends_the_request(hub: Hub, creditor: Bank, wallet: Wallet) -> None:
    asked, dfsp, number = ask(creditor, other(wallet.dfsp.name), debtor=ACCOUNT), wallet.dfsp, fresh()
    creditor.send(asked.text)
    found = dfsp.listener.wait(lambda m: m.path == "/transactionRequests" and asked.e2e in m.body.decode())
    key = found.json["transactionRequestId"]
    creditor.send(withdrawing(creditor, asked, number))
    assert told(creditor, "RsltnOfInvstgtn", number).verdict == ("CNCL", "ACCR", None)
    ended = dfsp.gets("PUT", f"/transactionRequests/{key}/error")
    assert ended.json["errorInformation"]["errorCode"] == "5104"
    (known,) = hub.operate("GET", f"/participants/{creditor.name}/keys").json()["keys"]
    verified(ended, serialization.load_pem_public_key(known["pem"].encode()))
    assert paid(dfsp, creditor, key, "10")["errorInformation"]["errorCode"] == "5104"
    cases = hub.operate("GET", f"/cases?kind=WITHDRAWAL&participant={dfsp.name}").json()
    assert [(one["state"], one["asker"], one["answerer"]) for one in cases] == [("CANCELLED", creditor.name, dfsp.name)]


def test_it_stays_taken_back_after_a_kill(tmp_path: Path) -> None:
    with running_hub(tmp_path) as hub:
        creditor, debtor = Bank(hub, "kwcreditor", "KWCRKENA"), Bank(hub, "kwdebtor", "KWDBKENA")
        creditor.accept_all()
        asked, _ = shown(creditor, debtor)
        hub.kill()
        hub.start()
        number = fresh()
        creditor.send(withdrawing(creditor, asked, number))
        assert told(creditor, "RsltnOfInvstgtn", number).verdict == ("CNCL", "ACCR", None)
        hub.kill()
        hub.start()
        told(debtor, "CstmrPmtCxlReq", number)
        assert pay(debtor, creditor, asked.e2e) == ("RJCT", "DS02")
