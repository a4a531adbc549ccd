"""What a bank's channel writes and reads of pain messages, from templates."""

from typing import Any, NamedTuple

from lxml import etree

from tests.e2e.bank_side import XSD, Bank, account, bic, moment, new_id

ORDER = """<Document xmlns="{xsd}pain.001.001.{version}"><CstmrCdtTrfInitn><GrpHdr><MsgId>{msg}</MsgId>\
<CreDtTm>{made}</CreDtTm><NbOfTxs>{count}</NbOfTxs>{sum}<InitgPty><Nm>Wanjiru Traders</Nm></InitgPty></GrpHdr>\
{batches}</CstmrCdtTrfInitn></Document>"""
BATCH = """<PmtInf><PmtInfId>{id}</PmtInfId><PmtMtd>{method}</PmtMtd><BtchBookg>true</BtchBookg>{totals}\
<PmtTpInf><InstrPrty>HIGH</InstrPrty><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf><ReqdExctnDt>{day}</ReqdExctnDt>\
<Dbtr><Nm>Wanjiru Traders</Nm></Dbtr><DbtrAcct><Id><Othr><Id>0110000001</Id></Othr></Id></DbtrAcct>\
<DbtrAgt><FinInstnId>{agent}</FinInstnId></DbtrAgt><ChrgBr>SLEV</ChrgBr>{transfers}</PmtInf>"""
TRANSFER = """<CdtTrfTxInf><PmtId><InstrId>{instr}</InstrId><EndToEndId>{e2e}</EndToEndId></PmtId>\
<Amt>{money}</Amt><CdtrAgt><FinInstnId>{agent}</FinInstnId></CdtrAgt><Cdtr><Nm>{name}</Nm>\
<PstlAdr><StrtNm>Moi Avenue</StrtNm><BldgNb>7</BldgNb><TwnNm>Nairobi</TwnNm><Ctry>KE</Ctry></PstlAdr></Cdtr>\
<CdtrAcct>{account}</CdtrAcct><Purp><Cd>SALA</Cd></Purp><RmtInf><Ustrd>{text}</Ustrd></RmtInf></CdtTrfTxInf>"""


def transfer(agent: str, e2e: str = "", **changes: str) -> str:
    """One CdtTrfTxInf; `agent` is the content of the creditor agent's FinInstnId."""
    amount, currency = changes.pop("amount", "10.00"), changes.pop("currency", "USD")
    values = {
        "instr": new_id(), "e2e": e2e or new_id(), "agent": agent, "name": "Kato Millers", "text": "wages",
        "account": account("0220000002"), "money": f'<InstdAmt Ccy="{currency}">{amount}</InstdAmt>',
    }  # fmt: skip
    return TRANSFER.format(**{**values, **changes})


def batch(bank: Bank, *transfers: str, version: str = "09", **changes: str) -> str:
    """One PmtInf."""
    day = changes.pop("day", moment()[:10])
    values = {
        "id": new_id(), "method": "TRF", "totals": "", "agent": bic(bank.bic), "transfers": "".join(transfers),
        "day": day if version < "08" else f"<Dt>{day}</Dt>",
    }  # fmt: skip
    return BATCH.format(**{**values, **changes})


def order(*batches: str, version: str = "09", **changes: str) -> str:
    """A whole pain.001 Document."""
    text = "".join(batches)
    values = {
        "xsd": XSD, "version": version, "msg": new_id(), "made": moment(), "sum": "", "batches": text,
        "count": str(text.count("<CdtTrfTxInf>")),
    }  # fmt: skip
    found = ORDER.format(**{**values, **changes})
    return found.replace("BICFI>", "BIC>") if version < "04" else found


class Told(NamedTuple):
    """A pain.002 or pain.014 as its receiver reads it."""

    body: bytes
    group: str
    code: str
    transfers: dict[str, tuple[str, str]]
    tree: Any


def told_of(body: bytes) -> Told:
    """Group status, its reason, and (status, reason) by EndToEndId."""
    tree = etree.fromstring(body)
    each = {
        one.findtext("{*}OrgnlEndToEndId"): (
            one.findtext("{*}TxSts") or "", one.findtext("{*}StsRsnInf/{*}Rsn/{*}Cd") or ""
        )
        for one in tree.iter("{*}TxInfAndSts")
    }  # fmt: skip
    code = tree.findtext(".//{*}OrgnlGrpInfAndSts/{*}StsRsnInf/{*}Rsn/{*}Cd") or ""
    return Told(body, tree.findtext(".//{*}GrpSts") or "", code, each, tree)


def reports(bank: Bank, message_id: str, root: str = "CstmrPmtStsRpt") -> list[Told]:
    """Every report so far about a message."""
    wanted = f"<OrgnlMsgId>{message_id}</OrgnlMsgId>".encode()
    found = [message.body for message in list(bank.listener.got) if wanted in message.body]
    return [told_of(body) for body in found if f"<{root}>".encode() in body]


def report(bank: Bank, message_id: str, nth: int = 1, root: str = "CstmrPmtStsRpt") -> Told:
    """The nth report about a message, once it came."""
    if len(reports(bank, message_id, root)) < nth:
        bank.listener.wait(lambda _: len(reports(bank, message_id, root)) >= nth)
    return reports(bank, message_id, root)[nth - 1]


def message_id(document: str) -> str:
    """The MsgId of a document."""
    return document.split("<MsgId>", 1)[1].split("<", 1)[0]


REQUEST = """<Document xmlns="{xsd}pain.013.001.{version}"><CdtrPmtActvtnReq><GrpHdr><MsgId>{msg}</MsgId>\
<CreDtTm>{made}</CreDtTm><NbOfTxs>{count}</NbOfTxs><InitgPty><Nm>Kato Millers</Nm></InitgPty></GrpHdr><PmtInf>\
<PmtInfId>{batch}</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><XpryDt>{expiry}</XpryDt>\
<Dbtr><Nm>Wanjiru Traders</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{debtor}</Id></Othr></Id></DbtrAcct>\
<DbtrAgt><FinInstnId>{debtor_agent}</FinInstnId></DbtrAgt>{transfers}</PmtInf></CdtrPmtActvtnReq></Document>"""
REQUESTED = """<CdtTrfTx><PmtId><InstrId>{instr}</InstrId><EndToEndId>{e2e}</EndToEndId></PmtId><PmtCond>\
<AmtModAllwd>{modifiable}</AmtModAllwd><EarlyPmtAllwd>true</EarlyPmtAllwd><GrntedPmtReqd>false</GrntedPmtReqd>\
</PmtCond><Amt><InstdAmt Ccy="USD">{amount}</InstdAmt></Amt><ChrgBr>SLEV</ChrgBr><CdtrAgt><FinInstnId>{agent}\
</FinInstnId></CdtrAgt><Cdtr><Nm>Kato Millers</Nm></Cdtr><CdtrAcct><Id><Othr><Id>0220000002</Id></Othr></Id>\
</CdtrAcct><Purp><Cd>RRTP</Cd></Purp><RmtInf><Ustrd>maize</Ustrd></RmtInf></CdtTrfTx>"""
ANSWER = """<Document xmlns="{xsd}pain.014.001.{version}"><CdtrPmtActvtnReqStsRpt><GrpHdr><MsgId>{msg}</MsgId>\
<CreDtTm>{made}</CreDtTm><InitgPty><Nm>Wanjiru Traders</Nm></InitgPty></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>\
{original}</OrgnlMsgId><OrgnlMsgNmId>pain.013</OrgnlMsgNmId></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>\
{batch}</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>{e2e}</OrgnlEndToEndId><TxSts>{status}</TxSts>{reason}\
</TxInfAndSts></OrgnlPmtInfAndSts></CdtrPmtActvtnReqStsRpt></Document>"""


class Asked(NamedTuple):
    """A pain.013 and how it is called."""

    text: str
    message_id: str
    batch: str
    e2e: str


def ask(bank: Bank, debtor_agent: str, *, version: str = "07", e2e: str = "", **changes: str) -> Asked:
    """A request to pay of a customer of this bank."""
    called = Asked("", new_id(), new_id(), e2e or new_id())
    expiry = changes.pop("expiry", moment(seconds=-600))
    each = {"instr": new_id(), "e2e": called.e2e, "modifiable": "false", "amount": "10.00", "agent": bic(bank.bic)}
    values = {
        "xsd": XSD, "version": version, "msg": called.message_id, "made": moment(), "count": "1", "batch": called.batch,
        "day": moment()[:10], "expiry": f"<DtTm>{expiry}</DtTm>", "debtor": "0110000001", "debtor_agent": debtor_agent,
    }  # fmt: skip
    transfers = REQUESTED.format(**{**each, **changes})
    return called._replace(text=REQUEST.format(**{"transfers": transfers, **values, **changes}))


def asked_of(bank: Bank, reference: str) -> str:
    """The pain.013 that came to a bank with that reference."""
    wanted = f">{reference}<".encode()
    return bank.listener.wait(lambda m: b"<CdtrPmtActvtnReq>" in m.body and wanted in m.body).body.decode()


def say(bank: Bank, request: str, status: str, reason: str = "", version: str = "07") -> str:
    """Answer a pain.013 as it came in."""
    tree = etree.fromstring(request)
    text = {tag: tree.findtext(f".//{{*}}{tag}") for tag in ("MsgId", "PmtInfId", "EndToEndId")}
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return bank.send(
        ANSWER.format(
            xsd=XSD, version=version, msg=new_id(), made=moment(), original=text["MsgId"], batch=text["PmtInfId"],
            e2e=text["EndToEndId"], status=status, reason=why,
        )
    )  # fmt: skip


def answers(bank: Bank, message_id: str, nth: int = 1) -> Told:
    """The nth pain.014 about a pain.013."""
    return report(bank, message_id, nth, "CdtrPmtActvtnReqStsRpt")
