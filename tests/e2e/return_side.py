"""What a bank sends about a payment it knows: returns and status requests; and transfers between institutions."""

import uuid
from typing import Any

from lxml import etree

from tests.e2e.bank_side import XSD, Bank, Payment, bic, moment, new_id, other

RETURN = """<Document xmlns="{xsd}{definition}"><PmtRtr><GrpHdr><MsgId>{msg}</MsgId><CreDtTm>{made}</CreDtTm>\
<NbOfTxs>{count}</NbOfTxs><SttlmInf><SttlmMtd>{method}</SttlmMtd></SttlmInf></GrpHdr>{transactions}</PmtRtr></Document>"""
RETURNED = """<TxInf><RtrId>{rtr}</RtrId>{original}<RtrdIntrBkSttlmAmt Ccy="{currency}">{amount}</RtrdIntrBkSttlmAmt>\
<IntrBkSttlmDt>{day}</IntrBkSttlmDt>{amounts}<InstgAgt><FinInstnId>{instructing}</FinInstnId></InstgAgt>{chain}\
<RtrRsnInf><Rsn><Cd>{reason}</Cd></Rsn><AddtlInf>{info}</AddtlInf></RtrRsnInf></TxInf>"""
REQUEST = """<Document xmlns="{xsd}{definition}"><FIToFIPmtStsReq><GrpHdr><MsgId>{msg}</MsgId><CreDtTm>{made}</CreDtTm>\
</GrpHdr>{groups}{transactions}</FIToFIPmtStsReq></Document>"""
TRANSFER = """<Document xmlns="{xsd}{definition}"><FICdtTrf><GrpHdr><MsgId>{msg}</MsgId><CreDtTm>{made}</CreDtTm>\
<NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr><CdtTrfTxInf><PmtId><EndToEndId>{e2e}\
</EndToEndId><UETR>{uetr}</UETR></PmtId><IntrBkSttlmAmt Ccy="USD">{amount}</IntrBkSttlmAmt>{agents}<Dbtr><FinInstnId>\
{debtor}</FinInstnId></Dbtr><Cdtr><FinInstnId>{creditor}</FinInstnId></Cdtr>{after}</CdtTrfTxInf></FICdtTrf></Document>"""
GROUP = "<OrgnlGrpInf><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>{}</OrgnlMsgNmId></OrgnlGrpInf>"


def by(**ids: str) -> str:
    """Original references: `by(UETR=...)` is OrgnlUETR; in the order of the schema."""
    order = ("InstrId", "EndToEndId", "TxId", "UETR")
    return "".join(f"<Orgnl{name}>{ids[name]}</Orgnl{name}>" for name in order if name in ids)


def giving_back(bank: Bank, original: str, version: str = "09", **changes: Any) -> str:
    """A pacs.004 Document of that bank; `original` are the references it names its payment by."""
    values = {
        "xsd": XSD,
        "definition": f"pacs.004.001.{version}",
        "msg": new_id(),
        "made": moment(),
        "count": "1",
        "method": "CLRG",
        "rtr": new_id(),
        "original": original,
        "currency": "USD",
        "amount": "10.00",
        "day": moment()[:10],
        "amounts": "",
        "instructing": bic(bank.bic),
        "chain": "",
        "reason": "AC04",
        "info": "account closed",
        **changes,
    }
    text = RETURN.format(transactions=RETURNED.format(**values), **values)
    return text.replace("BICFI>", "BIC>") if version < "03" else text


def asking(transactions: str = "", groups: str = "", version: str = "03") -> str:
    """A pacs.028 Document; `transactions` are references, each question between vertical bars."""
    found = "".join(f"<TxInf>{one}</TxInf>" for one in transactions.split("|") if one)
    return REQUEST.format(
        xsd=XSD, definition=f"pacs.028.001.{version}", msg=new_id(), made=moment(), groups=groups, transactions=found
    )


def between(sender: Bank, creditor: str, version: str = "08", **changes: str) -> tuple[str, str]:
    """A pacs.009 Document and its UETR."""
    uetr = str(uuid.uuid4())
    values = {
        "xsd": XSD,
        "definition": f"pacs.009.001.{version}",
        "msg": new_id(),
        "made": moment(),
        "e2e": new_id(),
        "uetr": uetr,
        "amount": "250.00",
        "agents": "",
        "debtor": bic(sender.bic),
        "creditor": creditor,
        "after": "",
        **changes,
    }
    return TRANSFER.format(**values), uetr


def paid(payer: Bank, payee: Bank, status: str = "ACSC", **changes: str) -> Payment:
    """A payment between two banks that is committed."""
    payment = payer.pay(bic(payee.bic), **changes)
    payer.send(payment.text)
    payee.payment(payment.uetr)
    payee.answer(payment.uetr, status)
    payer.told(payment.uetr)
    return payment


def got(bank: Bank, root: str, text: str) -> bytes:
    """The message with that element and that text that came to the bank."""
    marks = (f"<{root}".encode(), f">{text}<".encode())
    return bank.listener.wait(lambda message: all(mark in message.body for mark in marks)).body


def hub_agent() -> str:
    """FinInstnId content that names the hub."""
    return other("Hub")


def reversing(bank: Bank, original: str, version: str = "09", **changes: Any) -> str:
    """A pacs.007 Document of that bank: what a pacs.004 says, under names of its own."""
    text = giving_back(bank, original, **changes)
    for name, ours in (
        (f"{XSD}pacs.004.001.09", f"{XSD}pacs.007.001.{version}"),
        ("PmtRtr", "FIToFIPmtRvsl"),
        ("RtrId", "RvslId"),
        ("Rtrd", "Rvsd"),
        ("RtrRsnInf", "RvslRsnInf"),
    ):
        text = text.replace(name, ours)
    return text


def taking(receiver: Bank, key: str, status: str = "ACSP", reason: str = "") -> None:
    """The receiver of a reversal answers it, as it was named to it."""
    tree = etree.fromstring(got(receiver, "FIToFIPmtRvsl", key))
    definition = etree.QName(tree[1]).namespace.rpartition(":")[2]
    group = GROUP.format(tree.findtext(".//{*}GrpHdr/{*}MsgId"), definition)
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    given = by(TxId=key, UETR=tree.findtext(".//{*}OrgnlUETR"))
    receiver.send(receiver.report(f"<TxInfAndSts>{group}{given}<TxSts>{status}</TxSts>{why}</TxInfAndSts>"))
