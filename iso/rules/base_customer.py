"""Pack `base`, customers and their banks: initiations, requests to pay, statements."""

from decimal import Decimal
from typing import Final

from iso.rules.model import REPORTS, WARNING, Found, NodeCheck, Rule
from iso.rules.node import Node, day_of
from iso.rules.shapes import follows, needs
from iso.rules.sums import beneath, counted, own, summed
from iso.rules.values import number

_INITIATIONS: Final = ("pain.001", "pain.013")
_DEBITS: Final = ("pain.008",)
_CREDIT: Final = ("PmtInf", "CdtTrfTxInf")
_DEBIT: Final = ("PmtInf", "DrctDbtTxInf")
_REQUEST: Final = ("PmtInf", "CdtTrfTx")
_FIRST: Final = follows("IntrmyAgt2", "IntrmyAgt1")
_SECOND: Final = follows("IntrmyAgt3", "IntrmyAgt1", "IntrmyAgt2")


def _twice(name: str) -> NodeCheck:
    """What is said of all payments of a PmtInf is not said again of one."""

    def check(node: Node) -> Found:
        above = node.element.getparent()
        if name not in node.kids or above is None or above.find(node.facts.prefix + name) is None:
            return None
        return node.kids[name], f"{name} in PmtInf and in the payment"

    return check


def _amounts(node: Node, *path: str) -> list[Decimal | None]:
    below = "/".join(node.facts.prefix + name for name in path)
    return [number(each.text) for each in node.element.iterfind(below)]


def _customer_sum(*members: str) -> NodeCheck:
    """CtrlSum is the sum of InstdAmt; where payments give an equivalent amount instead it cannot be added here."""

    def check(node: Node) -> Found:
        said = number(node.value("CtrlSum"))
        if said is None:
            return None
        plain = _amounts(node, *members, "Amt", "InstdAmt") or _amounts(node, *members, "InstdAmt")
        other = _amounts(node, *members, "Amt", "EqvtAmt", "Amt")
        given = [amount for amount in (*plain, *other) if amount is not None]
        if not given or sum(given, Decimal(0)) == said:
            return None
        return node.kids[
            "CtrlSum"
        ], f"CtrlSum is {node.value('CtrlSum')}, the amounts add up to {sum(given, Decimal(0))}"

    return check


def _executed(node: Node) -> Found:
    day = day_of(node.said("ReqdExctnDt", "Dt") or node.said("ReqdExctnDt", "DtTm") or node.value("ReqdExctnDt"))
    made = node.facts.created
    return (
        (node.kids["ReqdExctnDt"], f"{day} for a message of {made}")
        if day and made and (made - day).days > 30
        else None
    )


def _collected(node: Node) -> Found:
    day, made = day_of(node.value("ReqdColltnDt")), node.facts.created
    return (
        (node.kids["ReqdColltnDt"], f"{day} for a message of {made}")
        if day and made and (made - day).days > 30
        else None
    )


def _agreed_rate(node: Node) -> Found:
    agreed = node.value("RateTp") == "AGRD" and not ({"CtrctId", "XchgRate"} & set(node.kids))
    return (node.kids["RateTp"], "AGRD without CtrctId") if agreed else None


def _period(node: Node) -> Found:
    begin, end = node.value("FrDtTm") or node.value("FrDt"), node.value("ToDtTm") or node.value("ToDt")
    first, last = day_of(begin), day_of(end)
    return f"{begin} to {end}" if first and last and first > last else None


def _balance_currency(node: Node) -> Found:
    of_account = node.said("Acct", "Ccy")
    for balance in node.all("Bal"):
        place = balance.find(node.facts.prefix + "Amt")
        if of_account and place is not None and place.get("Ccy") != of_account:
            return place, f"{place.get('Ccy')} of an account in {of_account}"
    return None


def _entries_counted(node: Node) -> Found:
    said, count = number(node.said("TxsSummry", "TtlNtries", "NbOfNtries")), len(node.all("Ntry"))
    place = node.find("TxsSummry", "TtlNtries", "NbOfNtries")
    paged = (
        node.find("RptPgntn") is not None or node.find("StmtPgntn") is not None or node.find("NtfctnPgntn") is not None
    )
    return (
        (place, f"{said} entries, there are {count}")
        if place is not None and said != count and count and not paged
        else None
    )


def _expires(node: Node) -> Found:
    text = node.said("XpryDt", "DtTm") or node.said("XpryDt", "Dt") or node.value("XpryDt")
    day, made = day_of(text), node.facts.created
    return (node.kids["XpryDt"], f"{text} for a message of {made}") if day and made and day < made else None


def _of_header(node: Node, members: tuple[str, ...]) -> Found:
    said = number(node.facts.group.value("CtrlSum"))
    if said is None:
        return None
    plain, other = _amounts(node, *members, "Amt", "InstdAmt"), _amounts(node, *members, "Amt", "EqvtAmt", "Amt")
    given = [amount for amount in (*plain, *other) if amount is not None]
    if not given or sum(given, Decimal(0)) == said:
        return None
    return node.facts.group.kids["CtrlSum"], f"CtrlSum is {said}, the amounts add up to {sum(given, Decimal(0))}"


def _cheques(node: Node) -> Found:
    if node.value("PmtMtd") == "CHK":
        return None
    for payment in node.all("CdtTrfTxInf"):
        place = payment.find(node.facts.prefix + "ChqInstr")
        if place is not None:
            return place, f"ChqInstr, and PmtMtd is {node.value('PmtMtd')}"
    return None


def _to_where(node: Node) -> Found:
    above = node.element.getparent()
    method = None if above is None else above.findtext(node.facts.prefix + "PmtMtd")
    return "CdtrAcct is missing" if method == "TRF" and "CdtrAcct" not in node.kids else None


RULES: Final = (
    Rule(
        number="BASE-0401", demand="NbOfTxs of an initiation is the number of its payments",
        todo="Count the payments of all PmtInf again.",
        reason="AM19", at=("GrpHdr",), messages=("pain.001",), node=counted("NbOfTxs", beneath(*_CREDIT)),
    ),
    Rule(
        number="BASE-0402", demand="CtrlSum of an initiation is the sum of the ordered amounts",
        todo="Add the amounts again, whatever their currency, or leave CtrlSum out.",
        reason="AM16", at=("CstmrCdtTrfInitn",), messages=("pain.001",),
        node=lambda node: _of_header(node, _CREDIT),
    ),
    Rule(
        number="BASE-0403", demand="NbOfTxs of a PmtInf is the number of its payments",
        todo="Count the payments of the PmtInf again.",
        reason="AM20", at=("PmtInf",), messages=("pain.001",), node=counted("NbOfTxs", own("CdtTrfTxInf")),
    ),
    Rule(
        number="BASE-0404", demand="CtrlSum of a PmtInf is the sum of its ordered amounts",
        todo="Add the amounts of the PmtInf again, or leave CtrlSum out.",
        reason="AM17", at=("PmtInf",), messages=("pain.001",), node=_customer_sum("CdtTrfTxInf"),
    ),
    Rule(
        number="BASE-0405", demand="NbOfTxs of a collection is the number of its debits",
        todo="Count the debits of all PmtInf again.",
        reason="AM19", at=("GrpHdr",), messages=_DEBITS, node=counted("NbOfTxs", beneath(*_DEBIT)),
    ),
    Rule(
        number="BASE-0406", demand="CtrlSum of a collection is the sum of the ordered amounts",
        todo="Add the amounts again, or leave CtrlSum out.",
        reason="AM16", at=("GrpHdr",), messages=_DEBITS, node=summed("CtrlSum", beneath(*_DEBIT), "InstdAmt"),
    ),
    Rule(
        number="BASE-0407", demand="NbOfTxs of a request to pay is the number of its payments",
        todo="Count the requested payments again.",
        reason="AM19", at=("GrpHdr",), messages=("pain.013",), node=counted("NbOfTxs", beneath(*_REQUEST)),
    ),
    Rule(
        number="BASE-0408", demand="CtrlSum of a request to pay is the sum of the requested amounts",
        todo="Add the amounts again, or leave CtrlSum out.",
        reason="AM16", at=("CdtrPmtActvtnReq",), messages=("pain.013",), node=lambda node: _of_header(node, _REQUEST),
    ),
    Rule(
        number="BASE-0410", demand="the charge bearer is said for all payments of a PmtInf or for each",
        todo="Give ChrgBr in PmtInf or in the payments.",
        reason="BE19", at=("CdtTrfTxInf", "CdtTrfTx", "DrctDbtTxInf"), messages=(*_INITIATIONS, *_DEBITS),
        node=_twice("ChrgBr"),
    ),
    Rule(
        number="BASE-0411", demand="the type of payment is said for all payments of a PmtInf or for each",
        todo="Give PmtTpInf in PmtInf or in the payments.",
        reason="FF03", at=("CdtTrfTxInf", "CdtTrfTx", "DrctDbtTxInf"), messages=(*_INITIATIONS, *_DEBITS),
        node=_twice("PmtTpInf"),
    ),
    Rule(
        number="BASE-0412", demand="the ultimate debtor is said for all payments of a PmtInf or for each",
        todo="Give UltmtDbtr in PmtInf or in the payments.",
        reason="FF01", at=("CdtTrfTxInf", "CdtTrfTx"), messages=_INITIATIONS, node=_twice("UltmtDbtr"),
    ),
    Rule(
        number="BASE-0413", demand="a cheque is described where payment is by cheque",
        todo="Set PmtMtd to CHK, or leave ChqInstr out.",
        reason="FF03", at=("PmtInf",), messages=("pain.001",), severity=WARNING, node=_cheques,
    ),
    Rule(
        number="BASE-0414", demand="the agent of the account for charges is named with that account",
        todo="Give ChrgsAcct, or leave ChrgsAcctAgt out.",
        reason="AC01", at=("PmtInf",), messages=("pain.001", "pain.008"), node=follows("ChrgsAcctAgt", "ChrgsAcct"),
    ),
    Rule(
        number="BASE-0415", demand="intermediary agents of a payment are numbered from 1 without a gap",
        todo="Name the first intermediary in IntrmyAgt1, the next in IntrmyAgt2.",
        reason="RC11", at=("CdtTrfTxInf", "CdtTrfTx"), messages=_INITIATIONS,
        node=lambda node: _FIRST(node) or _SECOND(node),
    ),
    Rule(
        number="BASE-0416", demand="a rate that was agreed on names its contract",
        todo="Give CtrctId.",
        reason="CURR", at=("XchgRateInf",), messages=("pain.001",), severity=WARNING, node=_agreed_rate,
    ),
    Rule(
        number="BASE-0417", demand="execution is not asked for in the past",
        todo="Give a day to come in ReqdExctnDt.",
        reason="DT01", at=("PmtInf",), messages=_INITIATIONS, severity=WARNING, node=_executed,
    ),
    Rule(
        number="BASE-0418", demand="collection is not asked for in the past",
        todo="Give a day to come in ReqdColltnDt.",
        reason="DT01", at=("PmtInf",), messages=_DEBITS, severity=WARNING, node=_collected,
    ),
    Rule(
        number="BASE-0419", demand="a request to pay ends after it is made",
        todo="Give a day or time to come in XpryDt.",
        reason="DT01", at=("PmtInf",), messages=("pain.013",), severity=WARNING, node=_expires,
    ),
    Rule(
        number="BASE-0420", demand="who asks for payments is named or identified",
        todo="Give InitgPty/Nm or InitgPty/Id.",
        reason="BE05", at=("InitgPty",), messages=(*_INITIATIONS, *_DEBITS), severity=WARNING, node=needs("Nm", "Id"),
    ),
    Rule(
        number="BASE-0421", demand="a payment by transfer names the account it goes to",
        todo="Give CdtrAcct.",
        reason="AC01", at=("CdtTrfTxInf",), messages=("pain.001",), severity=WARNING, node=_to_where,
    ),
    Rule(
        number="BASE-0430", demand="a report's period begins before it ends",
        todo="Check FrToDt.",
        reason="DT01", at=("FrToDt",), messages=REPORTS, severity=WARNING, node=_period,
    ),
    Rule(
        number="BASE-0431", demand="a balance is in the currency of its account",
        todo="Check Acct/Ccy and the balances.",
        reason="CURR", at=("Stmt", "Rpt"), messages=("camt.052", "camt.053"), severity=WARNING,
        node=_balance_currency,
    ),
    Rule(
        number="BASE-0432", demand="NbOfNtries is the number of entries of a report without pages",
        todo="Count the entries again.",
        reason="AM18", at=("Stmt", "Rpt", "Ntfctn"), messages=REPORTS, severity=WARNING, node=_entries_counted,
    ),
)  # fmt: skip
