"""Pack `cbpr`, answers and exceptions: pacs.002, pacs.004, camt.056, camt.029."""

from typing import Final

from iso.rules.model import Found
from iso.rules.node import Node
from iso.rules.practice import WARN, Pack, has_original
from iso.rules.shapes import lacks, needs, needs_path, once, value_in, when

_P: Final = Pack("CBPR")
_ANSWER: Final = ("TxInfAndSts",)


def _one_cancellation(node: Node) -> Found:
    found = node.all("Undrlyg")
    inner = [each for one in found for each in one.findall(node.facts.prefix + "TxInf")]
    return (inner[1], f"{len(inner)} transactions") if len(inner) > 1 else None


RULES: Final = (
    _P.row(
        201, "one status a message", once("TxInfAndSts"), "Send a message for each status.", reason="AM18",
        at=("FIToFIPmtStsRpt",), messages=("pacs.002",),
    ),
    _P.row(
        202, "a status is of a transaction, not of a group", lacks("OrgnlGrpInfAndSts"),
        "Give TxInfAndSts with OrgnlGrpInf.", reason="CH17", at=("FIToFIPmtStsRpt",), messages=("pacs.002",),
    ),
    _P.row(
        203, "a status names the original message", needs("OrgnlGrpInf"), "Give OrgnlGrpInf.", reason="CH21",
        at=_ANSWER, messages=("pacs.002",),
    ),
    _P.row(
        204, "a status carries the payment's UETR", needs("OrgnlUETR"), "Give OrgnlUETR.", reason="CH21", at=_ANSWER,
        messages=("pacs.002",),
    ),
    _P.row(
        205, "a status names both agents", needs("InstgAgt"), "Give InstgAgt.", reason="CH21", at=_ANSWER,
        messages=("pacs.002",),
    ),
    _P.row(
        206, "a status names the agent it is for", needs("InstdAgt"), "Give InstdAgt.", reason="CH21", at=_ANSWER,
        messages=("pacs.002",),
    ),
    _P.row(
        207, "a refusal says why", when("TxSts", ("RJCT",), needs("StsRsnInf")), "Give StsRsnInf.", reason="CH21",
        at=_ANSWER, messages=("pacs.002",),
    ),
    _P.row(
        208, "one reason a status", once("StsRsnInf"), "Give one StsRsnInf.", reason="CH17", at=_ANSWER,
        messages=("pacs.002",), severity=WARN,
    ),
    _P.row(
        210, "a return carries the payment's UETR", needs("OrgnlUETR"), "Give OrgnlUETR.", reason="CH21",
        at=("TxInf",), messages=("pacs.004",),
    ),
    _P.row(
        211, "a return tells its chain", needs("RtrChain"), "Give RtrChain with Dbtr and Cdtr.", reason="CH21",
        at=("TxInf",), messages=("pacs.004",),
    ),
    _P.row(
        214, "a return says why, once", once("RtrRsnInf"), "Give one RtrRsnInf.", reason="CH17", at=("TxInf",),
        messages=("pacs.004",),
    ),
    _P.row(
        215, "a return has a reason", needs("RtrRsnInf"), "Give RtrRsnInf.", reason="CH21", at=("TxInf",),
        messages=("pacs.004",),
    ),
    _P.row(
        216, "a return is settled on a day", needs("IntrBkSttlmDt"), "Give IntrBkSttlmDt.", reason="CH21",
        at=("TxInf",), messages=("pacs.004",),
    ),
    _P.row(
        220, "a recall is of one transaction", _one_cancellation, "Send a message for each recall.", reason="AM18",
        at=("FIToFIPmtCxlReq",), messages=("camt.056",),
    ),
    _P.row(
        221, "a recall counts nothing", lacks("CtrlData"), "Leave CtrlData out.", reason="CH17",
        at=("FIToFIPmtCxlReq",), messages=("camt.056",),
    ),
    _P.row(
        222, "a recall carries the payment's UETR", needs("OrgnlUETR"), "Give OrgnlUETR.", reason="CH21",
        at=("TxInf",), messages=("camt.056",),
    ),
    _P.row(
        223, "a recall has a case", needs("Case"), "Give Case with Id and Cretr.", reason="CH21", at=("TxInf",),
        messages=("camt.056",),
    ),
    _P.row(
        224, "a recall says why", needs("CxlRsnInf"), "Give CxlRsnInf.", reason="CH21", at=("TxInf",),
        messages=("camt.056",),
    ),
    _P.row(
        225, "a recall goes from BIC to BIC", needs_path("Agt", "FinInstnId", "BICFI"),
        "Name Assgnr and Assgne by BICFI.", reason="RC05", at=("Assgnr", "Assgne"), messages=("camt.056", "camt.029"),
    ),
    _P.row(
        226, "a resolution carries the payment's UETR", has_original("OrgnlUETR"), "Give OrgnlUETR.", reason="CH21",
        at=("TxInfAndSts",), messages=("camt.029",),
    ),
    _P.row(
        227, "a resolution is CNCL, RJCR or PDCR", value_in("Conf", "CNCL", "RJCR", "PDCR"), "Use one of the three.",
        reason="FF01", at=("Sts",), messages=("camt.029",), severity=WARN,
    ),
)  # fmt: skip
