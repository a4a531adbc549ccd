"""Pack `fednow`: instant credit transfers in American dollars over a central clearing, as FedNow publishes them.

Figures of the service stand in the table FIGURES. Check digits of routing numbers are warned of only: the operator's
own examples carry numbers that nobody has.
"""

from typing import Any, Final

from iso.rules import values
from iso.rules.model import HEADER, Found, Rule
from iso.rules.node import Node
from iso.rules.practice import WARN, Pack, between, has_original, only_currency, single, town_and_country
from iso.rules.shapes import excludes, lacks, needs, needs_path, once, value_in, when

FIGURES: Final[dict[str, Any]] = {
    "least": "0.01", "most": "10000000.00", "instruments": ("FDNA", "FDNP"), "purposes": ("BIZZ", "CONS", "GOVT"),
}  # fmt: skip
"""What the service decides in figures and words; `most` since November 2025."""
_STATUSES: Final = ("ACTC", "ACCC", "ACSC", "ACWP", "ACSP", "ACCP", "BLCK", "PDNG", "RCVD", "RJCT")
_SYSTEM: Final = "USABA"
_PAID: Final = ("pacs.008", "pacs.009")
_TX: Final = ("CdtTrfTxInf",)
_P: Final = Pack("FEDNOW")


def _routing(node: Node) -> Found:
    member = node.kids.get("MmbId")
    found = None if member is None else values.routing_number((member.text or "").strip())
    return (member, found) if member is not None and found else None


def _check_digit(node: Node) -> Found:
    member = node.kids.get("MmbId")
    found = None if member is None else values.routing_check((member.text or "").strip())
    return (member, found) if member is not None and found else None


def _american(node: Node) -> Found:
    system = node.said("ClrSysId", "Cd")
    return None if system in {_SYSTEM, None} else f"ClrSysId is {system}"


def _registry(node: Node) -> Found:
    practice = node.said("MktPrctc", "Regy")
    return None if practice is None or "fednow" in practice.lower() else (node.kids["MktPrctc"], practice[:60])


def _same_amount(node: Node) -> Found:
    ordered = node.kids.get("InstdAmt")
    return None if ordered is None or ordered.get("Ccy") == "USD" else (ordered, ordered.get("Ccy", ""))


def _settles_here(node: Node) -> Found:
    code = node.said("ClrSys", "Cd")
    return None if code == "FDN" else f"ClrSys is {code or node.said('ClrSys', 'Prtry') or 'absent'}"


def _when_settled(node: Node) -> Found:
    return (
        None if "IntrBkSttlmDt" in node.kids or "IntrBkSttlmDt" in node.facts.group.kids else "IntrBkSttlmDt is missing"
    )


def _purpose(node: Node) -> Found:
    place = node.find("CtgyPurp", "Prtry")
    text = None if place is None else (place.text or "").strip()
    return None if place is None or text in FIGURES["purposes"] else (place, f"{text}")


def _instrument(node: Node) -> Found:
    place = node.find("LclInstrm", "Prtry")
    text = None if place is None else (place.text or "").strip()
    return None if place is None or text in FIGURES["instruments"] else (place, f"{text}")


RULES: Final = (
    _P.row(
        1, "Fr is a routing number", needs_path("Fr", "FIId", "FinInstnId", "ClrSysMmbId", "MmbId"),
        "Name the sender by ClrSysMmbId/MmbId.", reason="RC08", at=("AppHdr",), messages=HEADER,
    ),
    _P.row(
        2, "To is a routing number", needs_path("To", "FIId", "FinInstnId", "ClrSysMmbId", "MmbId"),
        "Name the receiver by ClrSysMmbId/MmbId.", reason="RC08", at=("AppHdr",), messages=HEADER,
    ),
    _P.row(
        3, "the market practice is that of the service", _registry, "Name the service in MktPrctc.", reason="FF03",
        at=("AppHdr",), messages=HEADER, severity=WARN,
    ),
    _P.row(
        4, "a routing number has nine digits", _routing, "Give the nine digits.", reason="RC08", at=("ClrSysMmbId",),
        messages=("pacs.", "pain.013", "head.001", "camt.056"),
    ),
    _P.row(
        5, "the check digit of a routing number fits", _check_digit, "Look the number up.", reason="RC08",
        at=("ClrSysMmbId",), messages=("pacs.", "pain.013", "head.001"), severity=WARN,
    ),
    _P.row(
        6, "members are named in the system USABA", _american, "Give ClrSysId/Cd USABA.", reason="RC08",
        at=("ClrSysMmbId",), messages=("pacs.", "pain.013", "camt.056"),
    ),
    _P.row(
        10, "one transaction a message", single, "Send a message for each payment.", reason="AM18",
        at=("FIToFICstmrCdtTrf", "FICdtTrf"), messages=_PAID,
    ),
    _P.row(
        11, "NbOfTxs is 1", value_in("NbOfTxs", "1"), "Write 1.", reason="AM18", at=("GrpHdr",), messages=_PAID,
    ),
    _P.row(
        12, "settlement is by CLRG", value_in("SttlmMtd", "CLRG"), "Use CLRG.", reason="FF01", at=("SttlmInf",),
        messages=(*_PAID, "pacs.004"),
    ),
    _P.row(
        13, "the clearing system is FDN", _settles_here, "Give ClrSys/Cd FDN.", reason="FF01", at=("SttlmInf",),
        messages=_PAID,
    ),
    _P.word(
        14, "CreDtTm says its offset from UTC", values.offset, "Write the time with an offset such as -05:00.",
        reason="DT02", at=("CreDtTm",), messages=("pacs.", "camt.", "pain."),
    ),
    _P.row(
        15, "money is in dollars", only_currency("USD"), "Pay in USD.", reason="AM03",
        at=("IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt"), messages=("pacs.",),
    ),
    _P.row(
        16, "the amount lies between the bounds of the service", between(FIGURES["least"], FIGURES["most"]),
        "Pay at least 0.01 and at most 10000000.00.", reason="AM02", at=("IntrBkSttlmAmt",), messages=_PAID,
    ),
    _P.row(
        17, "an ordered amount is in dollars too", _same_amount, "Give InstdAmt in USD.", reason="AM03", at=_TX,
        messages=("pacs.008",),
    ),
    _P.row(
        18, "no rate", lacks("XchgRate"), "Leave XchgRate out.", reason="CH17", at=_TX, messages=("pacs.008",),
    ),
    _P.row(
        19, "the day of settlement is there", _when_settled, "Give IntrBkSttlmDt.", reason="CH21", at=_TX,
        messages=_PAID,
    ),
    _P.row(
        20, "a UETR is there", needs_path("PmtId", "UETR"), "Give the payment a UUID of version 4.", reason="CH21",
        at=_TX, messages=_PAID,
    ),
    _P.row(
        21, "InstrId is there", needs_path("PmtId", "InstrId"), "Give InstrId.", reason="CH21", at=_TX,
        messages=_PAID, severity=WARN,
    ),
    _P.row(
        22, "a local instrument is there", needs_path("PmtTpInf", "LclInstrm", "Prtry"), "Give LclInstrm/Prtry.",
        reason="FF05", at=_TX, messages=("pacs.008",),
    ),
    _P.row(
        23, "the local instrument is one of the service", _instrument, "Use FDNA.", reason="FF05", at=("PmtTpInf",),
        messages=("pacs.008",), severity=WARN,
    ),
    _P.row(
        24, "a category purpose is there", needs_path("PmtTpInf", "CtgyPurp", "Prtry"), "Give CtgyPurp/Prtry.",
        reason="FF06", at=_TX, messages=("pacs.008",),
    ),
    _P.row(
        25, "the category purpose is one of the service", _purpose, "Use BIZZ, CONS or GOVT.", reason="FF06",
        at=("PmtTpInf",), messages=("pacs.008",), severity=WARN,
    ),
    _P.row(
        26, "the charge bearer is SLEV", value_in("ChrgBr", "SLEV"), "Use SLEV.", reason="BE19", at=_TX,
        messages=("pacs.008",),
    ),
    _P.row(
        27, "the instructing agent is a routing number", needs_path("InstgAgt", "FinInstnId", "ClrSysMmbId", "MmbId"),
        "Give InstgAgt by ClrSysMmbId.", reason="RC08", at=_TX, messages=_PAID,
    ),
    _P.row(
        28, "the instructed agent is a routing number", needs_path("InstdAgt", "FinInstnId", "ClrSysMmbId", "MmbId"),
        "Give InstdAgt by ClrSysMmbId.", reason="RC08", at=_TX, messages=_PAID,
    ),
    _P.row(
        29, "debtor's and creditor's agent are routing numbers", needs_path("FinInstnId", "ClrSysMmbId", "MmbId"),
        "Name the agent by ClrSysMmbId.", reason="RC08", at=("DbtrAgt", "CdtrAgt"), messages=("pacs.008",),
    ),
    _P.row(
        30, "debtor and creditor are named", needs("Nm"), "Give Nm.", reason="BE21", at=("Dbtr", "Cdtr"),
        messages=("pacs.008",),
    ),
    _P.row(
        31, "accounts are numbers, not IBANs", needs_path("Id", "Othr", "Id"), "Give Id/Othr/Id.", reason="AC01",
        at=("DbtrAcct", "CdtrAcct"), messages=("pacs.008",),
    ),
    _P.row(
        32, "an address with structured elements names town and country", town_and_country, "Give TwnNm and Ctry.",
        reason="BE04", at=("PstlAdr",), messages=("pacs.008",),
    ),
    _P.row(
        34, "remittance is structured or not, never both", excludes("Ustrd", "Strd"), "Give Strd or Ustrd.",
        reason="CH17", at=("RmtInf",), messages=("pacs.008",), severity=WARN,
    ),
    _P.row(
        40, "one status a message", once("TxInfAndSts"), "Send a message for each status.", reason="AM18",
        at=("FIToFIPmtStsRpt",), messages=("pacs.002",),
    ),
    _P.row(
        41, "a status is one of the service", value_in("TxSts", *_STATUSES), "Use one of the service's statuses.",
        reason="FF01", at=("TxInfAndSts",), messages=("pacs.002",), severity=WARN,
    ),
    _P.row(
        42, "a refusal says why", when("TxSts", ("RJCT",), needs("StsRsnInf")), "Give StsRsnInf.", reason="CH21",
        at=("TxInfAndSts",), messages=("pacs.002",),
    ),
    _P.row(
        43, "a status names the payment", has_original("OrgnlUETR", "OrgnlEndToEndId", "OrgnlInstrId"),
        "Give OrgnlUETR.", reason="CH21", at=("TxInfAndSts",), messages=("pacs.002",),
    ),
    _P.row(
        44, "a return names the payment", has_original("OrgnlUETR", "OrgnlEndToEndId", "OrgnlInstrId"),
        "Give OrgnlUETR.", reason="CH21", at=("TxInf",), messages=("pacs.004",),
    ),
    Rule(
        number="FEDNOW-0045", demand="texts are in ASCII without control characters", todo="Transliterate the texts.",
        reason="RR10", messages=("pacs.", "pain.013"), letters=values.FIN_X_PLUS, severity=WARN,
    ),
)  # fmt: skip
