"""Pack `cbpr`: cross-border payments and reporting over correspondent banks (CBPR+), header and payments.

Source: the published usage guidelines of CBPR+ for standards release 2025, told in our words.
"""

from datetime import date
from typing import Final

from iso.rules import values
from iso.rules.model import HEADER, Found, Rule
from iso.rules.node import Node
from iso.rules.practice import (
    WARN,
    Pack,
    between,
    lines,
    not_currency,
    single,
    structured_from,
    text_within,
    total_digits,
    town_and_country,
)
from iso.rules.shapes import (
    excludes,
    follows,
    lacks,
    needs,
    needs_path,
    once,
    value_in,
    when,
    within,
)
from schemas.codes.currencies import WITHOUT_AMOUNTS

VERSIONS: Final = frozenset({
    "pacs.002.001.10", "pacs.003.001.08", "pacs.004.001.09", "pacs.008.001.08", "pacs.009.001.08", "pacs.010.001.03",
    "pain.001.001.09", "pain.002.001.10", "pain.008.001.08", "camt.029.001.09", "camt.052.001.08", "camt.053.001.08",
    "camt.054.001.08", "camt.055.001.08", "camt.056.001.08", "camt.057.001.06", "camt.058.001.08", "camt.060.001.05",
    "camt.105.001.02", "camt.106.001.02", "camt.107.001.01", "camt.108.001.01", "camt.109.001.01", "camt.110.001.01",
    "camt.111.001.02", "admi.024.001.01",
})  # fmt: skip
"""The message versions in use."""
DEADLINE: Final = date(2026, 11, 14)
"""The first day without addresses of lines alone."""
CREDITS: Final = ("pacs.008", "pacs.009")
PAID: Final = (*CREDITS, "pacs.004", "pacs.003")
_TRANSACTION: Final = ("CdtTrfTxInf",)
_REFERENCES: Final = ("MsgId", "InstrId", "EndToEndId", "TxId", "RtrId", "BizMsgIdr", "CxlId", "StsId")
_HEADER: Final = "head.001.001.02"
_P: Final = Pack("CBPR")


def _use(definition: str) -> str:
    """Whether a version is in use, later than the one in use (taken by agreement only), or neither."""
    if definition in VERSIONS:
        return "used"
    mine = next((known for known in VERSIONS if known[:8] == definition[:8]), None)
    return "later" if mine is not None and definition > mine else "other"


def _other_version(node: Node) -> Found:
    return node.facts.definition if _use(node.facts.definition) == "other" else None


def _later_version(node: Node) -> Found:
    return node.facts.definition if _use(node.facts.definition) == "later" else None


def _other_definition(text: str) -> str | None:
    return text if _use(text) == "other" else None


def _old_header(node: Node) -> Found:
    return node.facts.definition if node.facts.definition < _HEADER else None


def _later_header(node: Node) -> Found:
    return node.facts.definition if node.facts.definition > _HEADER else None


def _numeric_offset(text: str) -> str | None:
    return text[:40] if text.endswith("Z") else None


def _agent(node: Node) -> Found:
    """An agent without BIC or clearing number has name and address."""
    if "BICFI" in node.kids or "ClrSysMmbId" in node.kids:
        return None
    return None if "Nm" in node.kids and "PstlAdr" in node.kids else "no BICFI, no ClrSysMmbId, not both Nm and PstlAdr"


def _name_and_address(node: Node) -> Found:
    name, address = "Nm" in node.kids, "PstlAdr" in node.kids
    return None if name == address else f"{'Nm' if name else 'PstlAdr'} alone"


def _named(node: Node) -> Found:
    """A debtor or creditor without BIC has a name; institutions of pacs.009 are agents."""
    if "FinInstnId" in node.kids or node.find("Id", "OrgId", "AnyBIC") is not None or "Nm" in node.kids:
        return None
    inner = node.child("Pty")
    known = "Agt" in node.kids or (
        inner is not None and ("Nm" in inner.kids or inner.find("Id", "OrgId", "AnyBIC") is not None)
    )
    return None if known else "no Nm and no AnyBIC"


def _rate(node: Node) -> Found:
    settled, ordered = node.kids.get("IntrBkSttlmAmt"), node.kids.get("InstdAmt")
    if settled is None or ordered is None or settled.get("Ccy") == ordered.get("Ccy") or "XchgRate" in node.kids:
        return None
    return f"{ordered.get('Ccy')} ordered, {settled.get('Ccy')} settled, no XchgRate"


def _cover_service(node: Node) -> Found:
    service, cover = node.facts.header("BizSvc"), node.find("CdtTrfTxInf", "UndrlygCstmrCdtTrf") is not None
    if service is None or not service.startswith("swift.cbprplus."):
        return None
    said = ".cov." in service
    return None if said == cover else f"BizSvc {service}, {'with' if cover else 'without'} UndrlygCstmrCdtTrf"


def _gpi(text: str) -> str | None:
    return text[:20] if text[:1] == "G" and text[1:].isdigit() and text not in _GPI else None


_GPI: Final = frozenset(f"G00{number}" for number in range(1, 10))

HEADER_RULES: Final = (
    _P.row(
        1, "the header is not older than head.001.001.02", _old_header, "Send head.001.001.02.", reason="FF01",
        at=("AppHdr",), messages=HEADER,
    ),
    _P.row(
        11, "the header is not later than head.001.001.02", _later_header,
        "Agree on the later version, or send head.001.001.02.", reason="FF01", at=("AppHdr",), messages=HEADER,
        severity=WARN,
    ),
    _P.row(
        2, "Fr is a BIC", needs_path("Fr", "FIId", "FinInstnId", "BICFI"),
        "Name the sender by Fr/FIId/FinInstnId/BICFI.", reason="RC05", at=("AppHdr",), messages=HEADER,
    ),
    _P.row(
        3, "To is a BIC", needs_path("To", "FIId", "FinInstnId", "BICFI"),
        "Name the receiver by To/FIId/FinInstnId/BICFI.", reason="RC05", at=("AppHdr",), messages=HEADER,
    ),
    _P.row(
        4, "sender and receiver have no other names", lacks("Nm", "PstlAdr", "Othr"),
        "Leave Nm, PstlAdr and Othr out of Fr and To.", reason="CH17", at=("FinInstnId",), messages=HEADER,
    ),
    _P.row(
        5, "BizSvc is there", needs("BizSvc"), "Name the service, such as swift.cbprplus.02.", reason="CH21",
        at=("AppHdr",), messages=HEADER,
    ),
    _P.word(
        6, "BizSvc names a service of CBPR+", values.fits(r"swift\.cbprplus(?:\.[a-z]+)*\.[0-9]{2}"),
        "Name the service, such as swift.cbprplus.02 or swift.cbprplus.cov.02.", reason="FF03", at=("BizSvc",),
        messages=HEADER,
    ),
    _P.word(
        7, "MsgDefIdr is a version that CBPR+ uses", _other_definition,
        "Send the version of the usage guidelines in force.", reason="FF01", at=("MsgDefIdr",), messages=HEADER,
    ),
    _P.row(
        8, "the header names no character set", lacks("CharSet"), "Leave CharSet out: messages are UTF-8.",
        reason="CH17", at=("AppHdr",), messages=HEADER,
    ),
    _P.row(
        9, "Prty is HIGH or NORM", value_in("Prty", "HIGH", "NORM"), "Use HIGH or NORM, or leave Prty out.",
        reason="FF01", at=("AppHdr",), messages=HEADER, severity=WARN,
    ),
    _P.row(
        10, "one related header at most", once("Rltd"), "Leave further Rltd out.", reason="CH17", at=("AppHdr",),
        messages=HEADER, severity=WARN,
    ),
)  # fmt: skip
GROUP_RULES: Final = (
    _P.row(
        100, "the version is not later than the one that CBPR+ uses", _later_version,
        "Agree on the later version, or send the one in force.", reason="FF01", at=("Document",), messages=("",),
        severity=WARN,
    ),
    _P.row(
        101, "the message is one that CBPR+ uses, in no older version", _other_version,
        "Send the version of the usage guidelines in force.", reason="FF01", at=("Document",), messages=("",),
    ),
    _P.row(
        102, "one transaction a message", single, "Send a message for each transaction.", reason="AM18",
        at=("FIToFICstmrCdtTrf", "FICdtTrf", "PmtRtr", "FIToFICstmrDrctDbt"), messages=PAID,
    ),
    _P.row(
        103, "NbOfTxs is 1", value_in("NbOfTxs", "1"), "Write 1.", reason="AM18", at=("GrpHdr",), messages=PAID,
    ),
    _P.row(
        104, "no control sum", lacks("CtrlSum"), "Leave CtrlSum out.", reason="CH17", at=("GrpHdr",), messages=PAID,
    ),
    _P.row(
        105, "no batch booking", lacks("BtchBookg"), "Leave BtchBookg out.", reason="CH17", at=("GrpHdr",),
        messages=PAID,
    ),
    _P.row(
        106, "totals and day of settlement are not in the group header",
        lacks("TtlIntrBkSttlmAmt", "TtlRtrdIntrBkSttlmAmt", "IntrBkSttlmDt"),
        "Give amount and day in the transaction.", reason="CH17", at=("GrpHdr",), messages=PAID,
    ),
    _P.row(
        107, "type and agents are not in the group header", lacks("PmtTpInf", "InstgAgt", "InstdAgt"),
        "Give PmtTpInf, InstgAgt and InstdAgt in the transaction.", reason="CH17", at=("GrpHdr",), messages=CREDITS,
    ),
    _P.word(
        108, "CreDtTm says its offset from UTC", values.offset, "Write the time with an offset such as +00:00.",
        reason="DT02", at=("CreDtTm",), messages=("",),
    ),
    _P.word(
        109, "the offset from UTC is written in figures", _numeric_offset, "Write +00:00 instead of Z.",
        reason="DT02", at=("CreDtTm",), messages=("",), severity=WARN,
    ),
    _P.row(
        110, "a customer payment is settled by INDA, INGA or COVE", value_in("SttlmMtd", "INDA", "INGA", "COVE"),
        "Settle over an account of one of the two agents, or by cover.", reason="FF01", at=("SttlmInf",),
        messages=("pacs.008",),
    ),
    _P.row(
        111, "transfers, returns and debits are settled by INDA or INGA", value_in("SttlmMtd", "INDA", "INGA"),
        "Settle over an account of one of the two agents.", reason="FF01", at=("SttlmInf",),
        messages=("pacs.009", "pacs.004", "pacs.003"),
    ),
    _P.row(
        112, "no clearing system settles", lacks("ClrSys"), "Leave ClrSys out.", reason="CH17", at=("SttlmInf",),
        messages=PAID,
    ),
    _P.row(
        113, "no supplementary data", lacks("SplmtryData"), "Leave SplmtryData out.", reason="CH17",
        at=("FIToFICstmrCdtTrf", "FICdtTrf", "PmtRtr", "CdtTrfTxInf", "TxInf"), messages=PAID,
    ),
    _P.row(
        114, "a cover payment says so in BizSvc, and no other", _cover_service,
        "Use swift.cbprplus.cov for a pacs.009 with UndrlygCstmrCdtTrf.", reason="FF03", at=("FICdtTrf",),
        messages=("pacs.009",),
    ),
    _P.word(
        115, "references do not begin or end with a slash nor hold two in a row", values.slashes,
        "Take those slashes out.", reason="CH16", at=("InstrId", "MsgId", "RtrId"), messages=PAID,
    ),
    _P.word(
        116, "references are in the characters of FIN X",
        lambda text: None if values.FIN_X.fullmatch(text) else f"'{text[:40]}'",
        "Use letters, figures and / - ? : ( ) . , ' + only.", reason="RR10", at=_REFERENCES,
        messages=("pacs.", "camt.", "pain."),
    ),
    Rule(
        number="CBPR-0117", demand="texts are in ASCII without control characters", todo="Transliterate the texts.",
        reason="RR10", messages=("pacs.", "camt.056", "camt.029", "pain."), letters=values.FIN_X_PLUS,
    ),
)  # fmt: skip
TRANSACTION_RULES: Final = (
    _P.row(
        120, "a UETR is there", needs_path("PmtId", "UETR"), "Give the payment a UUID of version 4.", reason="CH21",
        at=_TRANSACTION, messages=CREDITS,
    ),
    _P.row(
        121, "InstrId is there", needs_path("PmtId", "InstrId"), "Give InstrId.", reason="CH21", at=_TRANSACTION,
        messages=CREDITS,
    ),
    _P.word(
        122, "InstrId has at most 16 characters", values.at_most(16), "Shorten InstrId.", reason="CH16",
        at=("InstrId",), messages=CREDITS,
    ),
    _P.row(
        123, "the day of settlement is there", needs("IntrBkSttlmDt"), "Give IntrBkSttlmDt.", reason="CH21",
        at=_TRANSACTION, messages=CREDITS,
    ),
    _P.row(
        124, "instructing and instructed agent are there", needs("InstgAgt"), "Give InstgAgt.", reason="CH21",
        at=_TRANSACTION, messages=CREDITS,
    ),
    _P.row(
        125, "the instructed agent is there", needs("InstdAgt"), "Give InstdAgt.", reason="CH21", at=_TRANSACTION,
        messages=CREDITS,
    ),
    _P.row(
        126, "instructing and instructed agent are BICs", needs_path("FinInstnId", "BICFI"), "Name them by BICFI.",
        reason="RC05", at=("InstgAgt", "InstdAgt"), messages=(*PAID, "pacs.002"),
    ),
    _P.row(
        127, "the charge bearer is DEBT, CRED or SHAR", value_in("ChrgBr", "DEBT", "CRED", "SHAR"),
        "Use DEBT, CRED or SHAR.", reason="BE19", at=("CdtTrfTxInf", "TxInf"), messages=("pacs.008", "pacs.004"),
    ),
    _P.row(
        128, "with CRED the charges that were taken are told", when("ChrgBr", ("CRED",), needs("ChrgsInf")),
        "Give ChrgsInf, if need be with 0.", reason="CH21", at=_TRANSACTION, messages=("pacs.008",),
    ),
    _P.row(
        129, "with DEBT one charge at most is told", when("ChrgBr", ("DEBT",), once("ChrgsInf")),
        "Give the prepaid charge only.", reason="CH17", at=_TRANSACTION, messages=("pacs.008",), severity=WARN,
    ),
    _P.row(
        130, "charges are told with the amount that was ordered", follows("ChrgsInf", "InstdAmt"), "Give InstdAmt.",
        reason="CH21", at=_TRANSACTION, messages=("pacs.008",),
    ),
    _P.row(
        131, "another currency was ordered at a rate that is told", _rate, "Give XchgRate.", reason="CURR",
        at=_TRANSACTION, messages=("pacs.008",),
    ),
    _P.row(
        132, "metals and bond units are not paid", not_currency(WITHOUT_AMOUNTS), "Use the code of a currency.",
        reason="AM11", at=("IntrBkSttlmAmt", "InstdAmt"), messages=CREDITS,
    ),
    _P.row(
        133, "an amount has at most 14 digits", total_digits(14), "Split the payment.", reason="AM12",
        at=("IntrBkSttlmAmt", "InstdAmt", "RtrdIntrBkSttlmAmt"), messages=PAID,
    ),
    _P.row(
        134, "something is paid", between("0.00001", "99999999999999"), "Leave payments of zero out.", reason="AM01",
        at=("IntrBkSttlmAmt",), messages=CREDITS,
    ),
    _P.row(
        140, "an agent without BIC or clearing number has name and address", _agent,
        "Give BICFI, or ClrSysMmbId, or Nm and PstlAdr.", reason="RC01", at=("FinInstnId",), messages=PAID,
    ),
    _P.row(
        141, "an agent has no other identification", lacks("Othr"), "Leave FinInstnId/Othr out.", reason="CH17",
        at=("FinInstnId",), messages=PAID,
    ),
    _P.row(
        142, "an agent has name and address or neither", _name_and_address,
        "Give Nm and PstlAdr together, or BICFI alone.", reason="RC01", at=("FinInstnId",), messages=PAID,
    ),
    _P.row(
        143, "a debtor or creditor without BIC has a name", _named, "Give Nm.", reason="BE21", at=("Dbtr", "Cdtr"),
        messages=("pacs.008", "pacs.004"),
    ),
    _P.row(
        144, "an address with structured elements names town and country", town_and_country, "Give TwnNm and Ctry.",
        reason="BE04", at=("PstlAdr",), messages=PAID,
    ),
    _P.row(
        145, "at most 3 lines of 35 characters, beside town and country 2 of 70", lines(3, 35, 2, 70),
        "Shorten the lines, or structure the address.", reason="BE04", at=("PstlAdr",), messages=PAID,
    ),
    _P.row(
        146, "from 14 November 2026 on no address is of lines alone", structured_from(DEADLINE),
        "Put the town in TwnNm and the country in Ctry.", reason="BE04", at=("PstlAdr",), messages=PAID,
    ),
    _P.row(
        147, "an address has no type", lacks("AdrTp"), "Leave AdrTp out.", reason="CH17", at=("PstlAdr",),
        messages=PAID, severity=WARN,
    ),
    _P.word(
        150, "a gpi service level is one of G001 to G009", _gpi, "Use a service level of the gpi services.",
        reason="FF04", at=("Cd",), messages=CREDITS, severity=WARN,
    ),
    _P.row(
        151, "at most three service levels", once("SvcLvl", 3), "Leave further SvcLvl out.", reason="FF04",
        at=("PmtTpInf",), messages=CREDITS,
    ),
    _P.row(
        152, "remittance is structured or not, never both", excludes("Ustrd", "Strd"), "Give Strd or Ustrd.",
        reason="CH17", at=("RmtInf",), messages=("pacs.008", "pacs.009"),
    ),
    _P.row(
        153, "one unstructured remittance at most", once("Ustrd"), "Put the text in one Ustrd of 140 characters.",
        reason="CH17", at=("RmtInf",), messages=("pacs.008", "pacs.009"),
    ),
    _P.row(
        154, "structured remittance has at most 9000 characters", text_within("Strd", 9000),
        "Send the details apart and refer to them in RltdRmtInf.", reason="CH16", at=("RmtInf",),
        messages=("pacs.008", "pacs.009"),
    ),
    _P.row(
        155, "remittance is here or elsewhere, never both", excludes("RltdRmtInf", "RmtInf"),
        "Give RmtInf or RltdRmtInf.", reason="CH17", at=_TRANSACTION, messages=("pacs.008",),
    ),
    _P.row(
        156, "instructions for the creditor agent are two at most", once("InstrForCdtrAgt", 2),
        "Leave further InstrForCdtrAgt out.", reason="CH17", at=_TRANSACTION, messages=CREDITS, severity=WARN,
    ),
    _P.row(
        157, "the reimbursement agents are BICs or named with address",
        within(("SttlmInf", "InstgRmbrsmntAgt", "FinInstnId"), _agent), "Give BICFI.", reason="RC01", at=("GrpHdr",),
        messages=("pacs.008",), severity=WARN,
    ),
)  # fmt: skip
