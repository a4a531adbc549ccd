"""What banks write about cases, as a stranger would from the message definitions, and what they read of the answers."""

import uuid
from typing import Any, NamedTuple

from lxml import etree

from tests.e2e.bank_side import XSD, Bank, bic, moment, new_id, other

RECALL = """<Document xmlns="{xsd}{definition}"><FIToFIPmtCxlReq>{assignment}{case}<Undrlyg>{underlying}</Undrlyg>\
</FIToFIPmtCxlReq></Document>"""
RESOLUTION = """<Document xmlns="{xsd}{definition}"><RsltnOfInvstgtn>{assignment}{case}<Sts><Conf>{word}</Conf></Sts>\
{details}</RsltnOfInvstgtn></Document>"""
EXCEPTION = """<Document xmlns="{xsd}{definition}"><{root}>{assignment}{case}<Undrlyg><IntrBk><OrgnlEndToEndId>{e2e}\
</OrgnlEndToEndId><OrgnlUETR>{uetr}</OrgnlUETR><OrgnlIntrBkSttlmAmt Ccy="USD">10.00</OrgnlIntrBkSttlmAmt>\
<OrgnlIntrBkSttlmDt>{day}</OrgnlIntrBkSttlmDt></IntrBk></Undrlyg>{content}</{root}></Document>"""
WITHDRAWAL = """<Document xmlns="{xsd}camt.055.001.08"><CstmrPmtCxlReq>{assignment}<Undrlyg><OrgnlPmtInfAndCxl>\
<OrgnlPmtInfId>{block}</OrgnlPmtInfId><TxInf><CxlId>{number}</CxlId>{references}<CxlRsnInf><Rsn><Cd>CUST</Cd></Rsn>\
</CxlRsnInf></TxInf></OrgnlPmtInfAndCxl></Undrlyg></CstmrPmtCxlReq></Document>"""
QUESTION = """<Document xmlns="{xsd}camt.110.001.01"><InvstgtnReq>{request}<InvstgtnData><Rsn><Cd>OTHR</Cd></Rsn>\
<AddtlReqData><ReqNrrtv>Where is it?</ReqNrrtv></AddtlReqData></InvstgtnData></InvstgtnReq></Document>"""
ASKED = """<{tag}><MsgId>{number}</MsgId><InvstgtnTp><Cd>CCNR</Cd></InvstgtnTp><Undrlyg><IntrBk>{references}</IntrBk>\
</Undrlyg>{sides}</{tag}>"""
FOUND = """<Document xmlns="{xsd}camt.111.001.01"><InvstgtnRspn><InvstgtnRspn><MsgId>{id}</MsgId><InvstgtnSts>\
<Sts>{word}</Sts></InvstgtnSts><InvstgtnData><RspnData><RspnNrrtv>It was credited</RspnNrrtv></RspnData></InvstgtnData>\
</InvstgtnRspn>{request}</InvstgtnRspn></Document>"""
PARTY = "<{tag}><Agt><FinInstnId>{agent}</FinInstnId></Agt></{tag}>"
ROOTS = {"026": "UblToApply", "027": "ClmNonRct", "028": "AddtlPmtInf", "087": "ReqToModfyPmt"}
CONTENTS = {
    "026": "<Justfn><MssngOrIncrrctInf><MssngInf><Cd>MS03</Cd></MssngInf></MssngOrIncrrctInf></Justfn>",
    "027": "<InstrForAssgne><InstrInf>Please look</InstrInf></InstrForAssgne>",
    "028": "<Inf><RmtInf><Ustrd>Invoice 12</Ustrd></RmtInf></Inf>",
    "087": "<Mod><RmtInf><Ustrd>Invoice 13</Ustrd></RmtInf></Mod>",
}


def assignment(bank: Bank, to: str) -> str:
    """Assgnmt."""
    sides = PARTY.format(tag="Assgnr", agent=bic(bank.bic)) + PARTY.format(tag="Assgne", agent=to)
    return f"<Assgnmt><Id>{new_id()}</Id>{sides}<CreDtTm>{moment()}</CreDtTm></Assgnmt>"


def case(bank: Bank, number: str, tag: str = "Case") -> str:
    """Case or RslvdCase."""
    return f"<{tag}><Id>{number}</Id>{PARTY.format(tag='Cretr', agent=bic(bank.bic))}</{tag}>"


def recall(bank: Bank, references: str, reason: str = "DUPL", number: str | None = None, version: str = "08") -> str:
    """A camt.056 for one payment; `references` are its Orgnl elements."""
    identifier = number or new_id()
    why = f"<CxlRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>Sent twice</AddtlInf></CxlRsnInf>"
    underlying = f"<TxInf><CxlId>{identifier}</CxlId>{case(bank, identifier)}{references}{why}</TxInf>"
    definition = f"camt.056.001.{version}"
    around = assignment(bank, other("Hub"))
    return RECALL.format(xsd=XSD, definition=definition, assignment=around, case="", underlying=underlying)


def by_uetr(uetr: str) -> str:
    """The reference every bank gives."""
    return f"<OrgnlUETR>{uetr}</OrgnlUETR>"


def resolution(bank: Bank, about: str, word: str, reason: str = "", version: str = "09", resolved: str = "") -> str:
    """A camt.029 about one payment."""
    status = {"CNCL": "ACCR", "RJCR": "RJCR", "PDCR": "PDCR"}.get(word)
    why = f"<CxlStsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></CxlStsRsnInf>" if reason else ""
    told = f"<TxCxlSts>{status}</TxCxlSts>" if status else ""
    details = f"<CxlDtls><TxInfAndSts>{about}{told}{why}</TxInfAndSts></CxlDtls>" if about else ""
    definition = f"camt.029.001.{version}"
    around = assignment(bank, other("Hub"))
    return RESOLUTION.format(
        xsd=XSD, definition=definition, assignment=around, case=resolved, word=word, details=details
    )


def exception(bank: Bank, message: str, uetr: str, number: str | None = None, version: str = "") -> str:
    """A camt.026, .027, .028 or .087 about a payment between banks."""
    versions = {"026": "07", "027": "10", "028": "09", "087": "09"}
    return EXCEPTION.format(
        xsd=XSD, definition=f"camt.{message}.001.{version or versions[message]}", root=ROOTS[message],
        assignment=assignment(bank, other("Hub")), case=case(bank, number or new_id()), uetr=uetr, e2e=new_id()[:20],
        day=moment()[:10], content=CONTENTS[message],
    )  # fmt: skip


def withdrawal(bank: Bank, references: str, number: str) -> str:
    """A camt.055 for one ordered payment."""
    around = assignment(bank, other("Hub"))
    return WITHDRAWAL.format(xsd=XSD, assignment=around, block="BLOCK-1", number=number, references=references)


def _asked(bank: Bank, tag: str, references: str, number: str) -> str:
    sides = PARTY.format(tag="Rqstr", agent=bic(bank.bic)) + PARTY.format(tag="Rspndr", agent=other("Hub"))
    return ASKED.format(tag=tag, number=number, references=references, sides=sides)


def question(bank: Bank, references: str, number: str) -> str:
    """A camt.110 about a payment."""
    return QUESTION.format(xsd=XSD, request=_asked(bank, "InvstgtnReq", references, number))


def finding(bank: Bank, references: str, number: str, word: str = "CLSD") -> str:
    """A camt.111 to the camt.110 of that MsgId."""
    return FOUND.format(
        xsd=XSD, id=new_id(), word=word, request=_asked(bank, "OrgnlInvstgtnReq", references, number)
    )


class Told(NamedTuple):
    """A message about a case as its receiver reads it."""

    body: bytes
    root: str
    tree: Any

    def text(self, name: str) -> str | None:
        """The text of the first element of that name."""
        found = self.tree.findtext(f".//{{*}}{name}")
        return None if found is None else str(found)

    @property
    def verdict(self) -> tuple[str | None, str | None, str | None]:
        """Conf, TxCxlSts and the reason of a camt.029."""
        return self.text("Conf"), self.text("TxCxlSts"), self.tree.findtext(".//{*}CxlStsRsnInf/{*}Rsn/{*}Cd")


def told(bank: Bank, root: str, text: str, nth: int = 1) -> Told:
    """The nth message with that root element that holds the text."""

    def fitting() -> list[Told]:
        bodies = [each.body for each in list(bank.listener.got) if text.encode() in each.body]
        trees = [(body, etree.fromstring(body)) for body in bodies]
        return [Told(body, root, tree) for body, tree in trees if tree.find(f".//{{*}}{root}") is not None]

    if len(fitting()) < nth:
        bank.listener.wait(lambda _: len(fitting()) >= nth)
    return fitting()[nth - 1]


def count(bank: Bank, root: str, text: str) -> int:
    """How many such messages came so far."""
    return sum(text.encode() in each.body and f"<{root}".encode() in each.body for each in list(bank.listener.got))


def paid(payer: Bank, payee: Bank, **changes: str) -> str:
    """A payment that was committed; its UETR."""
    payment = payer.pay(bic(payee.bic), **changes)
    payer.send(payment.text)
    payee.payment(payment.uetr)
    payee.answer(payment.uetr, "ACSC")
    payer.told(payment.uetr, status="ACSC")
    return payment.uetr


def fresh() -> str:
    """A case id nobody used."""
    return f"CASE-{uuid.uuid4().hex[:20]}"
