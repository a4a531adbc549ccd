"""Pack `instant`: instant credit transfers in euro, after the inter-PSP guidelines of the SCT Inst scheme.

Figures of the scheme (amounts, lengths, dates) stand in the table FIGURES.
"""

from datetime import date, datetime
from typing import Any, Final

from iso.rules import values
from iso.rules.model import Found, Rule
from iso.rules.node import Node
from iso.rules.practice import (
    WARN,
    Pack,
    between,
    has_original,
    length_of,
    lines,
    only_currency,
    single,
    structured_from,
    text_within,
    town_and_country,
)
from iso.rules.shapes import excludes, lacks, needs, needs_path, once, path_in, value_in, when
from schemas.codes.countries import SEPA

FIGURES: Final[dict[str, Any]] = {
    "least": "0.01", "most": "999999999.99", "seconds": 10, "name": 70, "remittance": 140, "lines": 2,
    "line_length": 70, "structured_from": date(2026, 11, 22),
}  # fmt: skip
"""What the scheme decides in figures."""
_REASONS: Final = frozenset({"DUPL", "TECH", "FRAD", "CUST", "AM09", "AC03"})
_RETURNS: Final = frozenset(
    {"FOCR", "AC04", "AC06", "AM09", "BE05", "CUST", "MS02", "MS03", "NOAS", "RR04", "AC01", "AG02"}
)
_PAYMENT: Final = ("pacs.008",)
_TX: Final = ("CdtTrfTxInf",)
_P: Final = Pack("INSTANT")


def _sepa_level(node: Node) -> Found:
    inside = node.find("PmtTpInf", "SvcLvl", "Cd")
    place = inside if inside is not None else node.facts.group.find("PmtTpInf", "SvcLvl", "Cd")
    text = None if place is None else (place.text or "").strip()
    return None if text == "SEPA" else f"SvcLvl is {text or 'absent'}"


def _instrument(node: Node) -> Found:
    inside = node.find("PmtTpInf", "LclInstrm", "Cd")
    place = inside if inside is not None else node.facts.group.find("PmtTpInf", "LclInstrm", "Cd")
    text = None if place is None else (place.text or "").strip()
    return None if text == "INST" else f"LclInstrm is {text or 'absent'}"


def _accepted(node: Node) -> Found:
    inside = "AccptncDtTm" in node.kids or node.find("AddtlDtTm", "AccptncDtTm") is not None
    return None if inside else "AccptncDtTm is missing"


def _in_time(node: Node) -> Found:
    began, sent = _moment(node.value("AccptncDtTm")), _moment(node.facts.group.value("CreDtTm"))
    if began is None or sent is None or (began.tzinfo is None) != (sent.tzinfo is None):
        return None
    late = (sent - began).total_seconds()
    return (node.kids["AccptncDtTm"], f"{late:.0f} s before CreDtTm") if late > FIGURES["seconds"] else None


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "")
    except ValueError:
        return None


def _settled(node: Node) -> Found:
    here = "IntrBkSttlmDt" in node.kids or "IntrBkSttlmDt" in node.facts.group.kids
    return None if here else "IntrBkSttlmDt is missing"


def _reached(text: str) -> str | None:
    return None if text[:2] in SEPA else f"{text[:2]} in {text[:34]}"


def _only_bic(node: Node) -> Found:
    return None if "BICFI" in node.kids or "BIC" in node.kids else "BICFI is missing"


def _one_recall(node: Node) -> Found:
    found = node.element.findall(f"{node.facts.prefix}Undrlyg/{node.facts.prefix}TxInf")
    return (found[1], f"{len(found)} transactions") if len(found) > 1 else None


PAYMENT_RULES: Final = (
    _P.row(
        1, "one transaction a message", single, "Send a message for each payment.", reason="AM18",
        at=("FIToFICstmrCdtTrf",), messages=_PAYMENT,
    ),
    _P.row(
        2, "NbOfTxs is 1", value_in("NbOfTxs", "1"), "Write 1.", reason="AM18", at=("GrpHdr",), messages=_PAYMENT,
    ),
    _P.row(
        3, "money is in euro", only_currency("EUR"), "Pay in EUR.", reason="AM03",
        at=("IntrBkSttlmAmt", "TtlIntrBkSttlmAmt", "InstdAmt"), messages=_PAYMENT,
    ),
    _P.row(
        4, "the amount lies between the bounds of the scheme", between(FIGURES["least"], FIGURES["most"]),
        "Pay at least 0.01 and at most 999999999.99.", reason="AM02", at=("IntrBkSttlmAmt",), messages=_PAYMENT,
    ),
    _P.row(
        5, "settlement is not by cover", value_in("SttlmMtd", "CLRG", "INDA", "INGA"),
        "Settle by CLRG, INDA or INGA.", reason="FF01", at=("SttlmInf",), messages=_PAYMENT,
    ),
    _P.row(
        6, "no reimbursement agent", lacks("InstgRmbrsmntAgt", "InstdRmbrsmntAgt", "ThrdRmbrsmntAgt"),
        "Leave reimbursement agents out.", reason="CH17", at=("SttlmInf",), messages=_PAYMENT,
    ),
    _P.row(
        7, "the service level is SEPA", _sepa_level, "Give SvcLvl/Cd SEPA.", reason="FF04", at=_TX, messages=_PAYMENT,
    ),
    _P.row(
        8, "the local instrument is INST", _instrument, "Give LclInstrm/Cd INST.", reason="FF05", at=_TX,
        messages=_PAYMENT,
    ),
    _P.row(
        9, "the charge bearer is SLEV", value_in("ChrgBr", "SLEV"), "Use SLEV.", reason="BE19", at=_TX,
        messages=_PAYMENT,
    ),
    _P.row(
        10, "no charges, no rate, no other amount", lacks("ChrgsInf", "XchgRate", "InstdAmt"),
        "Leave ChrgsInf, XchgRate and InstdAmt out.", reason="CH17", at=_TX, messages=_PAYMENT,
    ),
    _P.row(
        11, "the time of acceptance is there", _accepted, "Give AccptncDtTm.", reason="CH21", at=_TX,
        messages=_PAYMENT,
    ),
    _P.word(
        12, "the time of acceptance says its offset from UTC", values.offset, "Write the time with Z or an offset.",
        reason="DT01", at=("AccptncDtTm",), messages=_PAYMENT, severity=WARN,
    ),
    _P.row(
        13, "the payment goes on within seconds of its acceptance", _in_time, "Send the payment at once.",
        reason="TM01", at=_TX, messages=_PAYMENT, severity=WARN,
    ),
    _P.row(
        14, "the day of settlement is there", _settled, "Give IntrBkSttlmDt.", reason="DT01", at=_TX,
        messages=_PAYMENT,
    ),
    _P.row(
        15, "the total is there", needs("TtlIntrBkSttlmAmt"), "Give TtlIntrBkSttlmAmt.", reason="CH21",
        at=("GrpHdr",), messages=_PAYMENT, severity=WARN,
    ),
    _P.row(
        16, "TxId is there", needs("TxId"), "Give TxId.", reason="CH21", at=("PmtId",), messages=_PAYMENT,
    ),
    _P.word(
        17, "references do not begin or end with a slash nor hold two in a row", values.slashes,
        "Take those slashes out.", reason="CH16", at=("MsgId", "TxId", "EndToEndId", "InstrId", "RtrId", "CxlId"),
        messages=("pacs.", "camt.056", "camt.029"),
    ),
    _P.row(
        18, "the debtor's account is an IBAN", needs_path("Id", "IBAN"), "Give DbtrAcct/Id/IBAN.", reason="AC02",
        at=("DbtrAcct",), messages=_PAYMENT,
    ),
    _P.row(
        19, "the creditor's account is an IBAN", needs_path("Id", "IBAN"), "Give CdtrAcct/Id/IBAN.", reason="AC03",
        at=("CdtrAcct",), messages=_PAYMENT,
    ),
    _P.row(
        20, "both accounts are named", needs("DbtrAcct"), "Give DbtrAcct.", reason="AC02", at=_TX, messages=_PAYMENT,
    ),
    _P.row(
        21, "the creditor's account is named", needs("CdtrAcct"), "Give CdtrAcct.", reason="AC03", at=_TX,
        messages=_PAYMENT,
    ),
    _P.word(
        22, "the account is in a country the scheme reaches", _reached, "Send the payment over another scheme.",
        reason="AG03", at=("IBAN",), messages=_PAYMENT,
    ),
    _P.row(
        23, "agents are BICs", _only_bic, "Name agents by BICFI.", reason="RC05", at=("FinInstnId",),
        messages=_PAYMENT,
    ),
    _P.row(
        24, "no intermediary agents", lacks("IntrmyAgt1", "PrvsInstgAgt1"), "Leave IntrmyAgt1 and PrvsInstgAgt1 out.",
        reason="RC11", at=_TX, messages=_PAYMENT,
    ),
    _P.row(
        25, "debtor and creditor are named", needs("Nm"), "Give Nm.", reason="BE21", at=("Dbtr", "Cdtr"),
        messages=_PAYMENT,
    ),
    _P.row(
        26, "names have the length of the scheme", length_of("Nm", FIGURES["name"]),
        "Shorten the name to 70 characters.", reason="BE20", at=("Dbtr", "Cdtr", "UltmtDbtr", "UltmtCdtr"),
        messages=_PAYMENT, severity=WARN,
    ),
    _P.row(
        27, "an address with structured elements names town and country", town_and_country, "Give TwnNm and Ctry.",
        reason="BE04", at=("PstlAdr",), messages=_PAYMENT,
    ),
    _P.row(
        28, "at most two lines of 70 characters",
        lines(FIGURES["lines"], FIGURES["line_length"], FIGURES["lines"], FIGURES["line_length"]),
        "Shorten the lines, or structure the address.", reason="BE04", at=("PstlAdr",), messages=_PAYMENT,
    ),
    _P.row(
        29, "from 22 November 2026 on no address is of lines alone", structured_from(FIGURES["structured_from"]),
        "Put the town in TwnNm and the country in Ctry.", reason="BE04", at=("PstlAdr",), messages=_PAYMENT,
    ),
    _P.row(
        30, "remittance is structured or not, never both", excludes("Ustrd", "Strd"), "Give Strd or Ustrd.",
        reason="CH17", at=("RmtInf",), messages=_PAYMENT,
    ),
    _P.row(
        31, "one unstructured remittance of 140 characters", once("Ustrd"), "Put the text in one Ustrd.",
        reason="CH17", at=("RmtInf",), messages=_PAYMENT,
    ),
    _P.row(
        32, "one structured remittance", once("Strd"), "Put the reference in one Strd.", reason="CH17",
        at=("RmtInf",), messages=_PAYMENT,
    ),
    _P.row(
        33, "structured remittance has at most 140 characters", text_within("Strd", FIGURES["remittance"]),
        "Give the creditor reference only.", reason="CH16", at=("RmtInf",), messages=_PAYMENT,
    ),
    _P.row(
        34, "no instructions to agents", lacks("InstrForCdtrAgt", "InstrForNxtAgt"),
        "Leave InstrForCdtrAgt and InstrForNxtAgt out.", reason="CH17", at=_TX, messages=_PAYMENT,
    ),
    Rule(
        number="INSTANT-0035", demand="texts are in basic Latin unless both sides take more",
        todo="Transliterate the texts.", reason="RR10", messages=("pacs.", "camt.056", "camt.029"), severity=WARN,
        letters=values.FIN_X,
    ),
)  # fmt: skip
ANSWER_RULES: Final = (
    _P.row(
        40, "one status a message", once("TxInfAndSts"), "Send a message for each status.", reason="AM18",
        at=("FIToFIPmtStsRpt",), messages=("pacs.002",),
    ),
    _P.row(
        41, "a status is ACCP, ACSC, ACCC, ACTC or RJCT",
        value_in("TxSts", "ACCP", "ACSC", "ACSP", "ACCC", "ACTC", "RJCT"), "Use one of these.", reason="FF01",
        at=("TxInfAndSts",), messages=("pacs.002",), severity=WARN,
    ),
    _P.row(
        42, "a refusal says why", when("TxSts", ("RJCT",), needs("StsRsnInf")), "Give StsRsnInf.", reason="CH21",
        at=("TxInfAndSts",), messages=("pacs.002",),
    ),
    _P.row(
        43, "a status names the payment by its TxId", has_original("OrgnlTxId"), "Give OrgnlTxId.", reason="CH21",
        at=("TxInfAndSts",), messages=("pacs.002",),
    ),
    _P.row(
        50, "a return is in euro", only_currency("EUR"), "Return in EUR.", reason="AM03", at=("RtrdIntrBkSttlmAmt",),
        messages=("pacs.004",),
    ),
    _P.row(
        51, "a return has a reason of the scheme", path_in(("RtrRsnInf", "Rsn", "Cd"), _RETURNS),
        "Use FOCR for an answer to a recall.", reason="FF01", at=("TxInf",), messages=("pacs.004",), severity=WARN,
    ),
    _P.row(
        52, "a return names the payment by its TxId", has_original("OrgnlTxId"), "Give OrgnlTxId.", reason="CH21",
        at=("TxInf",), messages=("pacs.004",),
    ),
    _P.row(
        60, "a recall is of one transaction", _one_recall, "Send a message for each recall.", reason="AM18",
        at=("FIToFIPmtCxlReq",), messages=("camt.056",),
    ),
    _P.row(
        61, "a recall has a reason of the scheme", path_in(("CxlRsnInf", "Rsn", "Cd"), _REASONS),
        "Use DUPL, TECH, FRAD, CUST, AM09 or AC03.", reason="FF01", at=("TxInf",), messages=("camt.056",),
        severity=WARN,
    ),
    _P.row(
        62, "a recall names the payment by its TxId", has_original("OrgnlTxId"), "Give OrgnlTxId.", reason="CH21",
        at=("TxInf",), messages=("camt.056",),
    ),
)  # fmt: skip
