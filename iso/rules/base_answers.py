"""Pack `base`, answers and exceptions: statuses, enquiries, recalls, resolutions and returns."""

from typing import Final

from iso.rules.model import WARNING, Found, Rule
from iso.rules.node import Node
from iso.rules.shapes import Told, needs, of_texts, of_value, only_with, says_nothing
from iso.rules.sums import beneath, counted, summed
from iso.rules.values import number
from schemas.codes.external import codes

_STATUSES: Final = codes("transaction_status")
_RECALLS: Final = codes("cancellation_reason")
_ORIGINALS: Final = ("OrgnlInstrId", "OrgnlEndToEndId", "OrgnlTxId", "OrgnlUETR")
_GOOD: Final = frozenset({"ACTC", "ACCP", "ACSP", "ACSC", "ACCC", "ACWC"})
_REASONS: Final = ("StsRsnInf", "RtrRsnInf", "CxlRsnInf", "CxlStsRsnInf", "RvslRsnInf")


def _told(node: Node) -> Found:
    narrative = node.find("Rsn", "Cd")
    if narrative is None or (narrative.text or "").strip() != "NARR" or "AddtlInf" in node.kids:
        return None
    return narrative, "NARR without AddtlInf"


def _reason_of_refusal(node: Node) -> Found:
    refused = node.value("TxSts") == "RJCT" and "StsRsnInf" not in node.kids
    return (node.kids["TxSts"], "RJCT without StsRsnInf") if refused and not _group_reason(node) else None


def _status_told(node: Node) -> list[Told]:
    explained = "StsRsnInf" in node.kids or _group_reason(node)
    return [] if explained else [(lambda text: text if text == "RJCT" else None, (node.kids["TxSts"],))]


def _group_reason(node: Node) -> bool:
    group = node.facts.message.find("OrgnlGrpInfAndSts", "StsRsnInf")
    return group is not None


def _listed_status(text: str) -> str | None:
    return None if text in _STATUSES else f"{text} is not listed"


def _statuses(node: Node) -> list[str]:
    prefix = node.facts.prefix
    found = [each.findtext(f"{prefix}TxSts") for each in node.all("TxInfAndSts")]
    return [text for text in found if text]


def _group_agrees(node: Node) -> Found:
    groups = node.all("OrgnlGrpInfAndSts")
    if len(groups) != 1:
        return None
    place = groups[0].find(node.facts.prefix + "GrpSts")
    group, inner = (place.text or "").strip() if place is not None else "", _statuses(node)
    if group in _GOOD and "RJCT" in inner:
        return place, f"{group} over a transaction that is RJCT"  # type: ignore[return-value]
    odd = next((text for text in inner if text != "RJCT"), None)
    return (place, f"RJCT over a transaction that is {odd}") if group == "RJCT" and odd else None  # type: ignore[return-value]


def _part(node: Node) -> Found:
    place = node.find("OrgnlGrpInfAndSts", "GrpSts")
    whole = place is not None and (place.text or "").strip() == "PART" and "TxInfAndSts" not in node.kids
    return (
        (place, "PART without TxInfAndSts")
        if whole and place is not None and "OrgnlPmtInfAndSts" not in node.kids
        else None
    )


def _original(node: Node) -> Found:
    for name in _ORIGINALS:
        if not says_nothing(node.value(name)):
            return None
    return f"none of {', '.join(_ORIGINALS)}"


def _last_told(node: Node) -> list[Told]:
    """The last of them, most often the UETR, is enough."""
    given = [node.kids[name] for name in _ORIGINALS if name in node.kids]
    return [(lambda *texts: None if texts and not says_nothing(texts[0]) else texts, tuple(given[-1:]))]


def _asks_for_something(node: Node) -> Found:
    return None if "OrgnlGrpInf" in node.kids or "TxInf" in node.kids else "neither OrgnlGrpInf nor TxInf"


def _group_recall(node: Node) -> Found:
    whole = node.said("OrgnlGrpInfAndCxl", "GrpCxl")
    if whole in {"true", "1"} and "TxInf" in node.kids:
        return node.kids["TxInf"], "GrpCxl is true, and transactions are named"
    return None


def _recalls_something(node: Node) -> Found:
    some = any(name in node.kids for name in ("OrgnlGrpInfAndCxl", "TxInf", "OrgnlPmtInfAndCxl"))
    return None if some else "no OrgnlGrpInfAndCxl and no TxInf"


def _recall_reason(node: Node) -> Found:
    place = node.find("CxlRsnInf", "Rsn", "Cd")
    text = None if place is None else (place.text or "").strip()
    return None if place is None or text in _RECALLS else (place, f"{text} is not listed")


def _refusal_explained(node: Node) -> Found:
    refused = node.said("Sts", "Conf") == "RJCR"
    reasons = node.element.iter(node.facts.prefix + "CxlStsRsnInf")
    place = node.find("Sts", "Conf")
    return (
        (place, "RJCR without CxlStsRsnInf") if refused and place is not None and next(reasons, None) is None else None
    )


def _more_than_was_paid(node: Node) -> Found:
    back = node.kids.get("RtrdIntrBkSttlmAmt", node.kids.get("RvsdIntrBkSttlmAmt"))
    paid = node.kids.get("OrgnlIntrBkSttlmAmt")
    if back is None or paid is None or back.get("Ccy") != paid.get("Ccy"):
        return None
    first, second = number(back.text), number(paid.text)
    more = first is not None and second is not None and first > second and "CompstnAmt" not in node.kids
    return (back, f"{back.text} of {paid.text}") if more else None


def _group_return(node: Node) -> Found:
    return _group_or_single(node, "GrpRtr")


def _group_reversal(node: Node) -> Found:
    return _group_or_single(node, "GrpRvsl")


def _group_or_single(node: Node, name: str) -> Found:
    whole, single = node.facts.group.value(name), "TxInf" in node.kids
    if whole in {"true", "1"} and single:
        return node.kids["TxInf"], f"{name} is true, and transactions are named"
    return f"no TxInf and {name} is not true" if not single and whole not in {"true", "1"} else None


def _name_of_message(text: str) -> str | None:
    family = text[:5]
    known = (
        (len(text) >= 8 and family[:4].isalpha() and family[4:] == ".")
        or text[:2].upper() == "MT"
        or text[:3].isdigit()
    )
    return None if not text or known or text == "NOTPROVIDED" else f"'{text}'"


_ORIGINAL: Final = of_texts(_original, _last_told)

RULES: Final = (
    Rule(
        number="BASE-0301", demand="a reason NARR is told in words",
        todo="Say in AddtlInf what it is.",
        reason="FF01", at=_REASONS, messages=("pacs.", "pain.", "camt.056", "camt.029"), node=_told,
    ),
    Rule(
        number="BASE-0302", demand="a refusal says why",
        todo="Give StsRsnInf with a reason.",
        reason="FF01", at=("TxInfAndSts",), messages=("pacs.002", "pain.002"), severity=WARNING,
        node=of_texts(only_with(_reason_of_refusal, "TxSts"), _status_told),
    ),
    Rule(
        number="BASE-0303", demand="a transaction status is a code of the external list",
        todo="Use a listed status.",
        reason="FF01", at=("TxInfAndSts",), messages=("pacs.002", "pain.002"), severity=WARNING,
        node=of_value("TxSts", _listed_status),
    ),
    Rule(
        number="BASE-0304", demand="the status of a group fits the statuses of its transactions",
        todo="Use PART where some transactions are refused.",
        reason="FF01", at=("FIToFIPmtStsRpt",), messages=("pacs.002",),
        node=only_with(_group_agrees, "OrgnlGrpInfAndSts"),
    ),
    Rule(
        number="BASE-0305", demand="a partly accepted group lists its transactions",
        todo="Give TxInfAndSts for each transaction.",
        reason="FF01", at=("FIToFIPmtStsRpt", "CstmrPmtStsRpt"), messages=("pacs.002", "pain.002"),
        node=only_with(_part, "OrgnlGrpInfAndSts"),
    ),
    Rule(
        number="BASE-0306", demand="a status names the transaction it is about",
        todo="Give OrgnlUETR, OrgnlTxId, OrgnlEndToEndId or OrgnlInstrId.",
        reason="FF01", at=("TxInfAndSts",), messages=("pacs.002",), severity=WARNING, node=_ORIGINAL,
    ),
    Rule(
        number="BASE-0307", demand="the original message is named by its definition",
        todo="Give OrgnlMsgNmId as pacs.008.001.08 (or MT103).",
        reason="FF01", at=("OrgnlGrpInf", "OrgnlGrpInfAndSts", "OrgnlGrpInfAndCxl"),
        messages=("pacs.", "camt.056", "camt.029", "pain."), severity=WARNING,
        node=of_value("OrgnlMsgNmId", _name_of_message),
    ),
    Rule(
        number="BASE-0310", demand="an enquiry names what it asks about",
        todo="Give OrgnlGrpInf or TxInf.",
        reason="FF01", at=("FIToFIPmtStsReq",), messages=("pacs.028",), node=_asks_for_something,
    ),
    Rule(
        number="BASE-0311", demand="an enquiry about a transaction names it",
        todo="Give OrgnlUETR, OrgnlTxId, OrgnlEndToEndId or OrgnlInstrId.",
        reason="FF01", at=("TxInf",), messages=("pacs.028",), severity=WARNING, node=_ORIGINAL,
    ),
    Rule(
        number="BASE-0320", demand="a return names the payment that comes back",
        todo="Give OrgnlUETR, OrgnlTxId, OrgnlEndToEndId or OrgnlInstrId.",
        reason="FF01", at=("TxInf",), messages=("pacs.004", "pacs.007"), severity=WARNING, node=_ORIGINAL,
    ),
    Rule(
        number="BASE-0321", demand="a return says why",
        todo="Give RtrRsnInf with a reason.",
        reason="FF01", at=("TxInf",), messages=("pacs.004",), severity=WARNING, node=needs("RtrRsnInf"),
    ),
    Rule(
        number="BASE-0322", demand="no more comes back than was paid, unless it is compensated",
        todo="Return at most the original settlement amount; interest goes in CompstnAmt.",
        reason="AM09", at=("TxInf",), messages=("pacs.004",), severity=WARNING, node=_more_than_was_paid,
    ),
    Rule(
        number="BASE-0323", demand="a return is of a whole group or of transactions",
        todo="Name transactions in TxInf, or set GrpRtr for all of them.",
        reason="FF01", at=("PmtRtr",), messages=("pacs.004",), severity=WARNING, node=_group_return,
    ),
    Rule(
        number="BASE-0324", demand="no more is reversed than was paid, unless it is compensated",
        todo="Reverse at most the original settlement amount; interest goes in CompstnAmt.",
        reason="AM09", at=("TxInf",), messages=("pacs.007",), severity=WARNING, node=_more_than_was_paid,
    ),
    Rule(
        number="BASE-0325", demand="a reversal is of a whole group or of transactions",
        todo="Name transactions in TxInf, or set GrpRvsl for all of them.",
        reason="FF01", at=("FIToFIPmtRvsl",), messages=("pacs.007",), severity=WARNING, node=_group_reversal,
    ),
    Rule(
        number="BASE-0330", demand="a recall is of a whole group or of transactions",
        todo="Set GrpCxl for all of them, or name transactions, not both.",
        reason="FF01", at=("Undrlyg",), messages=("camt.056", "camt.055"), node=_group_recall,
    ),
    Rule(
        number="BASE-0331", demand="a recall names what is recalled",
        todo="Give OrgnlGrpInfAndCxl or TxInf.",
        reason="FF01", at=("Undrlyg",), messages=("camt.056", "camt.055"), node=_recalls_something,
    ),
    Rule(
        number="BASE-0332", demand="a recall names the transaction it is about",
        todo="Give OrgnlUETR, OrgnlTxId, OrgnlEndToEndId or OrgnlInstrId.",
        reason="FF01", at=("TxInf",), messages=("camt.056",), severity=WARNING, node=_ORIGINAL,
    ),
    Rule(
        number="BASE-0333", demand="the reason of a recall is a code of the external list",
        todo="Use a listed code, or Prtry.",
        reason="FF01", at=("TxInf",), messages=("camt.056", "camt.055"), severity=WARNING, node=_recall_reason,
    ),
    Rule(
        number="BASE-0334", demand="NbOfTxs of a recall is the number of transactions it names",
        todo="Count the transactions of the message again.",
        reason="AM18", at=("CtrlData",), messages=("camt.056",), node=counted("NbOfTxs", beneath("Undrlyg", "TxInf")),
    ),
    Rule(
        number="BASE-0335", demand="CtrlSum of a recall is the sum of the original settlement amounts",
        todo="Add the amounts again, or leave CtrlSum out.",
        reason="AM10", at=("CtrlData",), messages=("camt.056",),
        node=summed("CtrlSum", beneath("Undrlyg", "TxInf"), "OrgnlIntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0340", demand="a recall that is refused is refused with a reason",
        todo="Give CxlStsRsnInf.",
        reason="FF01", at=("RsltnOfInvstgtn",), messages=("camt.029",), severity=WARNING, node=_refusal_explained,
    ),
)  # fmt: skip
