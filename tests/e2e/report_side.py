"""What a bank asks about its accounts, payments and reports, from templates, and what it reads of the answers."""

from decimal import Decimal
from typing import Any

from lxml import etree

from tests.e2e.bank_side import XSD, Bank, bic, moment, new_id
from tests.e2e.hub import Message

BALANCES = """<Document xmlns="{xsd}camt.003.001.08"><GetAcct><MsgHdr><MsgId>{id}</MsgId></MsgHdr>{query}</GetAcct>\
</Document>"""
PAYMENTS = """<Document xmlns="{xsd}camt.005.001.11"><GetTx><MsgHdr><MsgId>{id}</MsgId></MsgHdr>{query}</GetTx>\
</Document>"""
REPORTS = """<Document xmlns="{xsd}camt.060.001.{version}"><AcctRptgReq><GrpHdr><MsgId>{id}</MsgId>\
<CreDtTm>{made}</CreDtTm></GrpHdr>{requests}</AcctRptgReq></Document>"""
REQUEST = """<RptgReq><Id>{id}</Id><ReqdMsgNmId>{name}</ReqdMsgNmId>{account}<AcctOwnr><Agt><FinInstnId>{owner}\
</FinInstnId></Agt></AcctOwnr>{period}</RptgReq>"""
FLOOR = """<FlrLmt><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd></FlrLmt>"""
OUT = """<Document xmlns="{xsd}camt.050.001.07"><LqdtyCdtTrf><MsgHdr><MsgId>{id}</MsgId></MsgHdr><LqdtyCdtTrf>\
<LqdtyTrfId><EndToEndId>{e2e}</EndToEndId></LqdtyTrfId>{creditor}<TrfdAmt><AmtWthCcy Ccy="USD">{amount}</AmtWthCcy>\
</TrfdAmt><DbtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></DbtrAcct>{day}</LqdtyCdtTrf></LqdtyCdtTrf></Document>"""
LIMIT = """<Document xmlns="{xsd}camt.011.001.08"><ModfyLmt><MsgHdr><MsgId>{id}</MsgId></MsgHdr><LmtDtls><LmtId><Cur>\
<Tp><Cd>MULT</Cd></Tp><AcctId><Othr><Id>{account}</Id></Othr></AcctId></Cur></LmtId><NewLmtValSet><Amt>\
<AmtWthCcy Ccy="USD">{amount}</AmtWthCcy></Amt></NewLmtValSet></LmtDtls></ModfyLmt></Document>"""


class Answer:
    """A message that the hub sent, read by the local names of its elements."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.tree: Any = etree.fromstring(body)

    def text(self, path: str) -> str | None:
        """The text of the first element at a path of local names (`Bal/Amt`), None if there is none."""
        found = self.tree.find(_path(path))
        return None if found is None else str(found.text)

    def texts(self, path: str) -> list[str]:
        """The texts of all of them."""
        return [each.text for each in self.tree.iterfind(_path(path))]

    def all(self, path: str) -> list["Answer"]:
        """Each element at a path by itself."""
        return [Answer(etree.tostring(each)) for each in self.tree.iterfind(_path(path))]

    def balance(self, code: str) -> Decimal:
        """The balance of a type in a statement or report, negative if it is owed."""
        for each in self.all("Bal"):
            if each.text("CdOrPrtry/Cd") == code:
                return signed(each)
        raise AssertionError(f"no {code} in {self.body.decode()}")


def _path(path: str) -> str:
    return ".//" + "/".join(f"{{*}}{name}" for name in path.split("/"))


def signed(part: Answer) -> Decimal:
    """The first amount below an element, by its direction."""
    amount = Decimal(part.text("Amt") or "")
    return -amount if part.text("CdtDbtInd") == "DBIT" else amount


def booked(report: Answer) -> Decimal:
    """What the entries of a report add up to."""
    return sum((signed(each) for each in report.all("Ntry")), Decimal(0))


def adds_up(report: Answer, closing: str) -> bool:
    """Whether opening and entries give the closing."""
    return report.balance("OPBD") + booked(report) == report.balance(closing)


def ask(bank: Bank, document: str, **values: str) -> str:
    """Send a question; the MsgId by which its answers name it."""
    message_id = new_id()
    bank.send(document.format(**{"xsd": XSD, "id": message_id, "made": moment(), **values}))
    return message_id


def told(bank: Bank, root: str, reference: str, nth: int = 1) -> Answer:
    """The nth message of that root element about a reference."""

    def found(_: Message) -> bool:
        return len(every(bank, root, reference)) >= nth

    bank.listener.wait(found)
    return every(bank, root, reference)[nth - 1]


def every(bank: Bank, root: str, reference: str = "") -> list[Answer]:
    """All of them so far."""
    wanted, about = f"<{root}>".encode(), f">{reference}<".encode() if reference else b""
    return [Answer(each.body) for each in list(bank.listener.got) if wanted in each.body and about in each.body]


def entries(direction: str, *floors: tuple[str, str], currency: str = "USD") -> str:
    """ReqdTxTp with floor limits: side and amount."""
    limits = "".join(FLOOR.format(currency=currency, amount=amount, side=side) for side, amount in floors)
    return f"<ReqdTxTp><Sts><Cd>BOOK</Cd></Sts><CdtDbtInd>{direction}</CdtDbtInd>{limits}</ReqdTxTp>"


def request(bank: Bank, name: str, account: str = "", period: str = "", owner: str = "") -> str:
    """One RptgReq of a camt.060."""
    given = f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>" if account else ""
    return REQUEST.format(id=new_id()[:20], name=name, account=given, owner=owner or bic(bank.bic), period=period)
