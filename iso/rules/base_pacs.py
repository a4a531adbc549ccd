"""Pack `base`, payments between institutions: what the parts of a pacs message demand of each other.

Source: the message definition reports of pacs.003, .004, .008, .009, .010, sections on cross-element rules.
"""

from typing import Final

from lxml import etree

from iso.rules.model import ERROR, WARNING, Found, NodeCheck, Rule
from iso.rules.node import Node
from iso.rules.shapes import follow, follows, lacks, needs, of_tags, only_with, said_once, when
from iso.rules.sums import counted, one_currency, summed, transactions

_CREDITS: Final = ("pacs.008", "pacs.009")
_SETTLED: Final = ("pacs.008", "pacs.009", "pacs.004", "pacs.003")
_REIMBURSERS: Final = ("InstgRmbrsmntAgt", "InstdRmbrsmntAgt", "ThrdRmbrsmntAgt")
_TRANSACTION: Final = ("CdtTrfTxInf", "DrctDbtTxInf", "TxInf")


def _currencies(node: Node) -> tuple[str, str] | None:
    ordered = node.kids.get("InstdAmt", node.kids.get("RtrdInstdAmt"))
    settled = node.kids.get("IntrBkSttlmAmt", node.kids.get("RtrdIntrBkSttlmAmt"))
    return None if settled is None or ordered is None else (settled.get("Ccy", ""), ordered.get("Ccy", ""))


def _rate_needed(node: Node) -> Found:
    pair = None if "XchgRate" in node.kids else _currencies(node)
    return f"{pair[1]} ordered, {pair[0]} settled" if pair and pair[0] != pair[1] else None


def _rate_idle(node: Node) -> Found:
    pair = _currencies(node) if "XchgRate" in node.kids else None
    return (node.kids["XchgRate"], f"both in {pair[0]}") if pair and pair[0] == pair[1] else None


def _settlement_date(node: Node) -> Found:
    here, above = "IntrBkSttlmDt" in node.kids, "IntrBkSttlmDt" in node.facts.group.kids
    return None if here or above else "neither here nor in the group header"


def _words(element: etree._Element) -> list[str]:
    return etree.tostring(element, method="text", encoding="unicode", with_tail=False).split()


def _equal_agents(node: Node) -> Found:
    """Two agents in a row that are word for word the same pass the payment to themselves."""
    first, second = node.kids.get("InstgAgt"), node.kids.get("InstdAgt")
    if first is None or second is None or _words(first) != _words(second):
        return None
    return second, "both are " + " ".join(_words(first))[:60]


def _same_party(ultimate: str, party: str) -> NodeCheck:
    def check(node: Node) -> Found:
        above, below = node.kids.get(ultimate), node.kids.get(party)
        if above is None or below is None or (len(above) and len(below) and above[0].text != below[0].text):
            return None
        same = _words(above) == _words(below)
        return (above, f"{ultimate} is {party}") if same else None

    return only_with(check, ultimate)


def _instructions(first: str, second: str) -> NodeCheck:
    def check(node: Node) -> Found:
        if "InstrForCdtrAgt" not in node.kids:
            return None
        given = [each.findtext(node.facts.prefix + "Cd") for each in node.all("InstrForCdtrAgt")]
        return (node.kids["InstrForCdtrAgt"], f"{first} and {second}") if {first, second} <= set(given) else None

    return only_with(check, "InstrForCdtrAgt")


def _cheque_to_account(node: Node) -> Found:
    if "InstrForCdtrAgt" not in node.kids:
        return None
    given = [each.findtext(node.facts.prefix + "Cd") for each in node.all("InstrForCdtrAgt")]
    return (node.kids["CdtrAcct"], "CHQB with CdtrAcct") if "CHQB" in given and "CdtrAcct" in node.kids else None


def _pools(node: Node) -> Found:
    """A bulk of several transactions says that it holds several."""
    if "BtchBookg" not in node.kids:
        return None
    several = len(transactions(node)) > 1
    return "BtchBookg for one transaction" if node.value("BtchBookg") == "true" and not several else None


def _transactions(number: int, demand: str, check: NodeCheck, todo: str, **more: object) -> Rule:
    row = {"reason": "FF01", "at": _TRANSACTION, "messages": _CREDITS, "severity": ERROR} | more
    return Rule(number=f"BASE-{number:04}", demand=demand, todo=todo, node=check, **row)  # type: ignore[arg-type]


RULES: Final = (
    Rule(
        number="BASE-0101", demand="NbOfTxs is the number of transactions",
        todo="Count the transactions of the message again.",
        reason="AM18", at=("GrpHdr",), messages=_SETTLED, node=counted("NbOfTxs", transactions),
    ),
    Rule(
        number="BASE-0102", demand="CtrlSum is the sum of the settlement amounts",
        todo="Add the amounts again, whatever their currency, or leave CtrlSum out.",
        reason="AM10", at=("GrpHdr",), messages=("pacs.008", "pacs.009", "pacs.003"),
        node=summed("CtrlSum", transactions, "IntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0103", demand="TtlIntrBkSttlmAmt is the sum of the settlement amounts",
        todo="Add the settlement amounts again.",
        reason="AM10", at=("GrpHdr",), messages=("pacs.008", "pacs.009", "pacs.003"),
        node=summed("TtlIntrBkSttlmAmt", transactions, "IntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0104", demand="all transactions under a total are settled in its currency",
        todo="Send a message for each currency, or leave TtlIntrBkSttlmAmt out.",
        reason="CURR", at=("GrpHdr",), messages=("pacs.008", "pacs.009", "pacs.003"),
        node=one_currency("TtlIntrBkSttlmAmt", "IntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0105", demand="TtlRtrdIntrBkSttlmAmt is the sum of the returned amounts",
        todo="Add the returned amounts again.",
        reason="AM10", at=("GrpHdr",), messages=("pacs.004",),
        node=summed("TtlRtrdIntrBkSttlmAmt", transactions, "RtrdIntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0106", demand="all returns under a total are settled in its currency",
        todo="Send a message for each currency.",
        reason="CURR", at=("GrpHdr",), messages=("pacs.004",),
        node=one_currency("TtlRtrdIntrBkSttlmAmt", "RtrdIntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0107", demand="batch booking is asked for where there is a batch",
        todo="Leave BtchBookg out of a message with one transaction.",
        reason="FF01", at=("GrpHdr",), messages=_SETTLED, severity=WARNING, node=only_with(_pools, "BtchBookg"),
    ),
    Rule(
        number="BASE-0108", demand="TtlRvsdIntrBkSttlmAmt is the sum of the reversed amounts",
        todo="Add the reversed amounts again.",
        reason="AM10", at=("GrpHdr",), messages=("pacs.007",),
        node=summed("TtlRvsdIntrBkSttlmAmt", transactions, "RvsdIntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0109", demand="all reversals under a total are settled in its currency",
        todo="Send a message for each currency.",
        reason="CURR", at=("GrpHdr",), messages=("pacs.007",),
        node=one_currency("TtlRvsdIntrBkSttlmAmt", "RvsdIntrBkSttlmAmt"),
    ),
    Rule(
        number="BASE-0110", demand="with INDA or INGA nobody reimburses and no clearing system is named",
        todo="Leave the reimbursement agents and ClrSys out, or choose COVE or CLRG.",
        reason="FF01", at=("SttlmInf",), messages=_SETTLED,
        node=when("SttlmMtd", ("INDA", "INGA"), lacks(*_REIMBURSERS, "ClrSys")),
    ),
    Rule(
        number="BASE-0111", demand="with CLRG the clearing system settles: no settlement account, nobody reimburses",
        todo="Leave SttlmAcct and the reimbursement agents out.",
        reason="FF01", at=("SttlmInf",), messages=_SETTLED,
        node=when("SttlmMtd", ("CLRG",), lacks("SttlmAcct", *_REIMBURSERS)),
    ),
    Rule(
        number="BASE-0112", demand="with COVE a reimbursement agent of one side is named",
        todo="Name InstgRmbrsmntAgt or InstdRmbrsmntAgt.",
        reason="FF01", at=("SttlmInf",), messages=("pacs.008",),
        node=when("SttlmMtd", ("COVE",), needs("InstgRmbrsmntAgt", "InstdRmbrsmntAgt")),
    ),
    Rule(
        number="BASE-0113", demand="with COVE no settlement account and no clearing system is named",
        todo="Leave SttlmAcct and ClrSys out.",
        reason="FF01", at=("SttlmInf",), messages=_SETTLED,
        node=when("SttlmMtd", ("COVE",), lacks("SttlmAcct", "ClrSys")),
    ),
    Rule(
        number="BASE-0114", demand="a third reimbursement agent stands between the first and the second",
        todo="Name InstgRmbrsmntAgt and InstdRmbrsmntAgt too.",
        reason="FF01", at=("SttlmInf",), messages=_SETTLED,
        node=follows("ThrdRmbrsmntAgt", "InstgRmbrsmntAgt", "InstdRmbrsmntAgt"),
    ),
    Rule(
        number="BASE-0115", demand="the account of a reimbursement agent is given with the agent",
        todo="Name the agent, or leave its account out.",
        reason="FF01", at=("SttlmInf",), messages=_SETTLED,
        node=follow(*((f"{name}Acct", name) for name in _REIMBURSERS)),
    ),
    Rule(
        number="BASE-0116", demand="COVE is for customers' payments, whose cover is a payment of its own",
        todo="Settle the transfer with INDA, INGA or CLRG.",
        reason="FF01", at=("SttlmInf",), messages=("pacs.009", "pacs.004", "pacs.003"), severity=WARNING,
        node=when("SttlmMtd", ("COVE",), lambda _node: "SttlmMtd is COVE"),
    ),
    _transactions(
        120, "InstgAgt is said once", said_once("the transaction", "InstgAgt"),
        "Name the instructing agent in the group header or in the transactions.",
    ),
    _transactions(
        121, "InstdAgt is said once", said_once("the transaction", "InstdAgt"),
        "Name the instructed agent in the group header or in the transactions.",
    ),
    _transactions(
        122, "IntrBkSttlmDt is said once", said_once("the transaction", "IntrBkSttlmDt"),
        "Give the settlement date in the group header or in the transactions.", messages=_SETTLED, reason="DT01",
    ),
    _transactions(
        123, "PmtTpInf is said once", said_once("the transaction", "PmtTpInf"),
        "Give the type of payment in the group header or in the transactions.", reason="FF03",
    ),
    _transactions(
        124, "the day of settlement is said", of_tags(_settlement_date), "Give IntrBkSttlmDt.", severity=WARNING,
        reason="DT01",
    ),
    _transactions(
        125, "the instructed agent is another than the instructing one",
        only_with(_equal_agents, "InstgAgt"),
        "Name the next agent of the payment as InstdAgt.", severity=WARNING, reason="AGNT",
    ),
    _transactions(
        130, "intermediary agents are numbered from 1 without a gap",
        follow(("IntrmyAgt2", "IntrmyAgt1"), ("IntrmyAgt3", "IntrmyAgt1", "IntrmyAgt2")),
        "Name the first intermediary in IntrmyAgt1, the next in IntrmyAgt2.", reason="RC11",
    ),
    _transactions(
        131, "the account of an intermediary agent is given with the agent",
        follow(*((f"IntrmyAgt{each}Acct", f"IntrmyAgt{each}") for each in (1, 2, 3))),
        "Name the agent, or leave its account out.", reason="RC11",
    ),
    _transactions(
        132, "previous instructing agents are numbered from 1 without a gap",
        follow(("PrvsInstgAgt2", "PrvsInstgAgt1"), ("PrvsInstgAgt3", "PrvsInstgAgt1", "PrvsInstgAgt2")),
        "Name the agent nearest to the debtor's in PrvsInstgAgt1, the next in PrvsInstgAgt2.",
    ),
    _transactions(
        133, "the account of a previous instructing agent is given with the agent",
        follow(*((f"PrvsInstgAgt{each}Acct", f"PrvsInstgAgt{each}") for each in ("", "1", "2", "3"))),
        "Name the agent, or leave its account out.",
    ),
    _transactions(
        134, "the account of the creditor's or debtor's agent is given with the agent",
        follow(("CdtrAgtAcct", "CdtrAgt"), ("DbtrAgtAcct", "DbtrAgt")),
        "Name the agent, or leave its account out.", messages=("pacs.009",),
    ),
    _transactions(
        140, "an amount ordered in another currency comes with the rate",
        of_tags(only_with(_rate_needed, "InstdAmt", "RtrdInstdAmt")),
        "Give XchgRate, unless the receiver is to find it.", messages=("pacs.008", "pacs.004"), severity=WARNING,
        reason="CURR",
    ),
    _transactions(
        141, "no rate where ordered and settled amount are in one currency",
        of_tags(only_with(_rate_idle, "XchgRate")),
        "Leave XchgRate out.", messages=("pacs.008", "pacs.004"), reason="CURR",
    ),
    _transactions(
        142, "a rate is given with the amount that was ordered", follows("XchgRate", "InstdAmt"),
        "Give InstdAmt, or leave XchgRate out.", messages=("pacs.008",), reason="CURR",
    ),
    _transactions(
        143, "a rate is given with the returned amount that was ordered", follows("XchgRate", "RtrdInstdAmt"),
        "Give RtrdInstdAmt, or leave XchgRate out.", messages=("pacs.004",), reason="CURR",
    ),
    _transactions(
        144, "charges that were taken come with the amount that was ordered", follows("ChrgsInf", "InstdAmt"),
        "Give InstdAmt, the amount before charges.", messages=("pacs.008",), severity=WARNING,
    ),
    _transactions(
        145, "charges of a return come with the amount to be returned", follows("ChrgsInf", "RtrdInstdAmt"),
        "Give RtrdInstdAmt, the amount before charges.", messages=("pacs.004",), severity=WARNING,
    ),
    _transactions(
        150, "an ultimate debtor is another than the debtor", _same_party("UltmtDbtr", "Dbtr"),
        "Leave UltmtDbtr out where it is the debtor.", messages=("pacs.008", "pacs.003"), severity=WARNING,
    ),
    _transactions(
        151, "an ultimate creditor is another than the creditor", _same_party("UltmtCdtr", "Cdtr"),
        "Leave UltmtCdtr out where it is the creditor.", messages=("pacs.008", "pacs.003"), severity=WARNING,
    ),
    _transactions(
        152, "a cheque is not paid to an account", only_with(_cheque_to_account, "InstrForCdtrAgt"),
        "Leave CdtrAcct out, or the instruction CHQB.", messages=("pacs.008",), severity=WARNING,
    ),
    _transactions(
        153, "a payment is not both held and paid by cheque", _instructions("CHQB", "HOLD"),
        "Give one of the instructions CHQB and HOLD.", messages=("pacs.008",), severity=WARNING,
    ),
    _transactions(
        154, "the creditor is told by phone or by telecommunication", _instructions("PHOB", "TELB"),
        "Give one of the instructions PHOB and TELB.", messages=("pacs.008",), severity=WARNING,
    ),
)  # fmt: skip
