"""Verification of parties: acmt.023 and GET /parties lead to who holds the party, and its word comes back."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.e2e.bank_side import XSD, Bank, bic, moment, new_id, other
from tests.e2e.fspiop_hub import Dfsp, Scheme
from tests.e2e.hub import Hub, Message, running_hub
from tests.e2e.wallet_side import Wallet, error, silent

pytestmark = [pytest.mark.e2e, pytest.mark.engines]
PHONE, IBAN = "256772000901", "DE89370400440532013000"
QUESTION = """<Document xmlns="{xsd}acmt.023.001.{version}"><IdVrfctnReq><Assgnmt><MsgId>{msg}</MsgId>\
<CreDtTm>{made}</CreDtTm><Assgnr><Agt><FinInstnId>{fr}</FinInstnId></Agt></Assgnr><Assgne><Agt><FinInstnId>{to}\
</FinInstnId></Agt></Assgne></Assgnmt>{questions}</IdVrfctnReq></Document>"""
ANSWER = """<Document xmlns="{xsd}acmt.024.001.{version}"><IdVrfctnRpt><Assgnmt><MsgId>{msg}</MsgId>\
<CreDtTm>{made}</CreDtTm><Assgnr><Agt><FinInstnId>{fr}</FinInstnId></Agt></Assgnr><Assgne><Agt><FinInstnId>{to}\
</FinInstnId></Agt></Assgne></Assgnmt>{findings}</IdVrfctnRpt></Document>"""


def phone(number: str) -> str:
    return f"<Id><Othr><Id>{number}</Id></Othr></Id><Prxy><Tp><Cd>MBNO</Cd></Tp><Id>+{number}</Id></Prxy>"


def question(number: str, account: str, name: str = "", agent: str = "") -> str:
    party = f"<Pty><Nm>{name}</Nm></Pty>" if name else ""
    held = f"<Agt><FinInstnId>{agent}</FinInstnId></Agt>" if agent else ""
    return f"<Vrfctn><Id>{number}</Id><PtyAndAcctId>{party}<Acct>{account}</Acct>{held}</PtyAndAcctId></Vrfctn>"


class Asking(Bank):
    """A bank that asks."""

    def ask(self, *questions: str, version: str = "04", **header: str) -> str:
        """Send an acmt.023; its MsgId."""
        msg = new_id()
        self.send(
            QUESTION.format(
                xsd=XSD, version=version, msg=msg, made=moment(), fr=bic(self.bic), to=other("Hub"),
                questions="".join(questions),
            ),
            **header,
        )  # fmt: skip
        return msg

    def findings(self, msg: str, nth: int = 1) -> dict[str, Any]:
        """The reports of the nth acmt.024 about that message, by their OrgnlId."""

        def wanted(message: Message) -> bool:
            return b"<IdVrfctnRpt" in message.body and f"<OrgnlAssgnmt><MsgId>{msg}<".encode() in message.body

        deadline = time.monotonic() + 20
        while len(found := self.listener.all(wanted)) < nth and time.monotonic() < deadline:
            time.sleep(0.02)
        tree = etree.fromstring(found[nth - 1].body)
        return {one.findtext("{*}OrgnlId"): one for one in tree.iterfind(".//{*}Rpt")}


def said(report: Any) -> tuple[str, str, str]:
    """Vrfctn, reason and name of a report."""
    return (
        report.findtext("{*}Vrfctn"),
        report.findtext("{*}Rsn/{*}Cd") or "",
        report.findtext("{*}UpdtdPtyAndAcctId/{*}Pty/{*}Nm") or "",
    )


@pytest.fixture(scope="module")
def asker(hub: Hub) -> Asking:
    return Asking(hub, "vrfalpha", "VRFAKENA")


@pytest.fixture(scope="module")
def mute(hub: Hub) -> Bank:
    """A bank that verifies nobody."""
    return Bank(hub, "vrfmute", "VRFMUGKA")


@pytest.fixture(scope="module")
def knowing(hub: Hub) -> Bank:
    """A bank that verifies its one customer, Ada Blue."""
    bank = Bank(hub, "vrfbeta", "VRFBUGKA", verifies=True)

    def answer(message: Message) -> None:
        tree = etree.fromstring(message.body)
        if tree.find(".//{*}IdVrfctnReq") is None:
            return
        (asked,) = tree.findall(".//{*}Vrfctn")
        account = etree.tostring(asked.find("{*}PtyAndAcctId/{*}Acct"), with_tail=False).decode()
        account = account.replace("acmt.023", "acmt.024")
        known = "4711" in account or IBAN in account
        name = asked.findtext("{*}PtyAndAcctId/{*}Pty/{*}Nm")
        told = f"<UpdtdPtyAndAcctId><Pty><Nm>Ada Blue</Nm></Pty>{account}</UpdtdPtyAndAcctId>"
        number = f"<OrgnlId>{asked.findtext('{*}Id')}</OrgnlId>"
        if not known:
            finding = f"<Rpt>{number}<Vrfctn>false</Vrfctn><Rsn><Cd>AC01</Cd></Rsn></Rpt>"
        elif name in (None, "Ada Blue"):
            finding = f"<Rpt>{number}<Vrfctn>true</Vrfctn>{told}</Rpt>"
        else:
            finding = f"<Rpt>{number}<Vrfctn>false</Vrfctn><Rsn><Cd>PN01</Cd></Rsn></Rpt>"
        if "silence" not in account:
            bank.send(
                ANSWER.format(
                    xsd=XSD, version="04", msg=new_id(), made=moment(), fr=bic(bank.bic), to=other("Hub"),
                    findings=finding,
                )
            )  # fmt: skip

    bank.answers = answer
    return bank


@pytest.fixture(scope="module")
def scheme_wallet(hub: Hub) -> Iterator[Wallet]:
    scheme = Scheme(hub)
    found = Wallet(scheme.dfsp("vrfwallet"))
    found.dfsp.send("POST", f"/participants/MSISDN/{PHONE}", {"fspId": found.dfsp.name, "currency": "USD"})
    found.dfsp.gets("PUT", f"/participants/MSISDN/{PHONE}")
    yield found
    scheme.close()


@pytest.fixture
def wallet(scheme_wallet: Wallet) -> Wallet:
    """Return the wallet, whose customer is Amina Okello."""
    scheme_wallet.reset()
    return scheme_wallet


def test_customers_of_a_wallet_by_number_and_name(asker: Asking, wallet: Wallet):
    msg = asker.ask(
        question("a", phone(PHONE)),
        question("b", phone(PHONE), "OKELLO, Amina", other(wallet.dfsp.name)),
        question("c", phone(PHONE), "A. Okello"),
        question("d", phone(PHONE), "Juma Mwangi"),
        question("e", phone("256772999998")),
        question("f", phone(PHONE), "", bic("NOBOUGKA")),
    )
    found = asker.findings(msg)
    assert {number: said(one) for number, one in found.items()} == {
        "a": ("true", "", "Amina Okello"),
        "b": ("true", "", "Amina Okello"),
        "c": ("false", "PN02", "Amina Okello"),
        "d": ("false", "PN01", ""),
        "e": ("false", "AC01", ""),
        "f": ("false", "AGNT", ""),
    }
    told = found["a"].find("{*}UpdtdPtyAndAcctId")
    assert told.findtext("{*}Acct/{*}Prxy/{*}Id") == f"+{PHONE}"
    assert told.findtext("{*}Agt//{*}Othr/{*}Id") == wallet.dfsp.name
    assert found["c"].findtext("{*}OrgnlPtyAndAcctId/{*}Pty/{*}Nm") == "A. Okello"


def test_a_wallets_error_is_told_by_its_reason(asker: Asking, wallet: Wallet):
    wallet.party = error("5400")
    assert said(asker.findings(asker.ask(question("1", phone(PHONE))))["1"]) == ("false", "AG01", "")


def test_another_bank_is_asked_in_its_own_message(asker: Asking, knowing: Bank, mute: Bank):
    account = "<Id><Othr><Id>4711</Id></Othr></Id>"
    msg = asker.ask(
        question("1", account, "Ada Blue", bic("VRFBUGKA")),
        question("2", account, "Grace Green", bic("VRFBUGKA")),
        question("3", "<Id><Othr><Id>1</Id></Othr></Id>", "", bic("VRFBUGKA")),
        question("4", account, "Ada Blue", bic("VRFMUGKA")),
    )
    assert {number: said(one) for number, one in asker.findings(msg).items()} == {
        "1": ("true", "", "Ada Blue"),
        "2": ("false", "PN01", ""),
        "3": ("false", "AC01", ""),
        "4": ("false", "NR01", ""),
    }
    asked = [etree.fromstring(m.body) for m in knowing.listener.all(lambda m: b"IdVrfctnReq" in m.body)]
    assert {one.findtext(".//{*}Cretr//{*}BICFI") for one in asked} == {"VRFAKENA"}
    assert mute.listener.all(lambda m: b"IdVrfctnReq" in m.body) == []


@pytest.mark.parametrize("version", ["02", "03", "04"])
def test_every_version(asker: Asking, knowing: Bank, version: str):
    asker.change(versions={"acmt.024": f"acmt.024.001.{version}"})
    account = f"<IBAN>{IBAN}</IBAN>" if version == "02" else f"<Id><IBAN>{IBAN}</IBAN></Id>"
    found = asker.findings(asker.ask(question("1", account, "Ada Blue", bic("VRFBUGKA")), version=version))
    assert said(found["1"]) == ("true", "", "Ada Blue")
    asker.change(versions={})


def test_the_header_may_say_whose_customer_it_is(asker: Asking, knowing: Bank):
    found = asker.findings(asker.ask(question("1", f"<Id><IBAN>{IBAN}</IBAN></Id>"), to=bic("VRFBUGKA")))
    assert said(found["1"]) == ("true", "", "Ada Blue")


def test_a_repeat_is_told_the_same_again(asker: Asking, wallet: Wallet):
    name, made = new_id(), moment()
    text = QUESTION.format(
        xsd=XSD, version="04", msg=new_id(), made=made, fr=bic(asker.bic), to=other("Hub"),
        questions=question("1", phone(PHONE)),
    )  # fmt: skip
    msg = text.split("<MsgId>")[1].split("<")[0]
    asker.send(text, id=name, created=made)
    asker.findings(msg)
    asker.send(text, id=name, created=made)
    assert said(asker.findings(msg, 2)["1"]) == ("true", "", "Amina Okello")


def test_a_dfsp_learns_the_name_from_the_bank(knowing: Bank, wallet: Wallet):
    looks: Dfsp = wallet.dfsp
    path = f"/parties/IBAN/{IBAN}"
    looks.send("GET", path, to=knowing.name)
    party = looks.gets("PUT", path).json["party"]
    assert party["name"] == "Ada Blue"
    assert party["partyIdInfo"] == {"partyIdType": "IBAN", "partyIdentifier": IBAN, "fspId": knowing.name}
    number = f"/parties/ACCOUNT_ID/{uuid.uuid4().hex[:10]}"
    looks.send("GET", number, to=knowing.name)
    refused = looks.gets("PUT", f"{number}/error").json["errorInformation"]
    assert refused["errorCode"] == "3204" and "AC01" in refused["errorDescription"]


def test_a_dfsp_gets_the_hubs_answer_for_a_bank_that_does_not_verify(mute: Bank, wallet: Wallet):
    path = f"/parties/IBAN/{IBAN}"
    wallet.dfsp.send("GET", path, to=mute.name)
    found = wallet.dfsp.listener.wait(lambda m: m.method == "PUT" and m.path == path and mute.name in m.body.decode())
    assert "name" not in found.json["party"]


def test_a_stranger_answers_nothing(hub: Hub, asker: Asking, mute: Bank):
    before = len(mute.listener.got)
    finding = "<Rpt><OrgnlId>0123456789abcdef0123456789abcdef</OrgnlId><Vrfctn>true</Vrfctn></Rpt>"
    text = ANSWER.format(
        xsd=XSD, version="04", msg=new_id(), made=moment(), fr=bic(mute.bic), to=other("Hub"), findings=finding
    )
    mute.send(text)
    assert len(mute.listener.got) == before


def test_silence_and_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ISOLOOP_DIALOGUE_TIMEOUT_S", "4")
    with running_hub(tmp_path) as hub:
        asker, holder = Asking(hub, "vrsalpha", "VRSAKENA"), Bank(hub, "vrsbeta", "VRSBUGKA", verifies=True)
        scheme = Scheme(hub)
        wallet = Wallet(scheme.dfsp("vrswallet"))
        wallet.party = silent
        msg = asker.ask(
            question("1", phone(PHONE), "", other(wallet.dfsp.name)),
            question("2", "<Id><Othr><Id>4711</Id></Othr></Id>", "", bic("VRSBUGKA")),
        )
        holder.listener.wait(lambda m: b"IdVrfctnReq" in m.body)
        hub.kill()
        hub.start()
        found = asker.findings(msg)
        assert {number: said(one)[:2] for number, one in found.items()} == {
            "1": ("false", "NORR"),
            "2": ("false", "NORR"),
        }
        scheme.close()
