"""The hub's own rules on a bank's payment: one row each, with the number under which a refusal names it.

They are judged where the message becomes a command, since only there is it known who is who and what day it is.
"""

from typing import Final, NamedTuple

from schemas.canonical.faults import Fault, fault


class SchemeRule(NamedTuple):
    """What is demanded and what to do, the fault of a breach, and the element it is about."""

    demand: str
    todo: str
    fault: str
    at: str


SCHEME_RULES: Final[dict[str, SchemeRule]] = {
    "SCHEME-0001": SchemeRule(
        "NbOfTxs is the number of payments", "Count the payments of the message again.", "WRONG_COUNT", "NbOfTxs"
    ),
    "SCHEME-0002": SchemeRule(
        "a message holds no more payments than the scheme takes", "Send several messages.", "UNSUPPORTED_TYPE", "GrpHdr"
    ),
    "SCHEME-0003": SchemeRule(
        "settlement is by CLRG: the hub settles in its own books only", "Use CLRG.", "SETTLEMENT_METHOD", "SttlmMtd"
    ),
    "SCHEME-0004": SchemeRule("no settlement account", "Leave SttlmAcct out.", "SETTLEMENT_METHOD", "SttlmAcct"),
    "SCHEME-0005": SchemeRule(
        "the clearing system is that of the scheme, or absent", "Leave ClrSys out.", "SETTLEMENT_METHOD", "ClrSys"
    ),
    "SCHEME-0006": SchemeRule(
        "the amount is an exact one of a currency in use",
        "Give a known currency, and no more decimals than it has.",
        "TOO_MANY_DECIMALS",
        "IntrBkSttlmAmt",
    ),
    "SCHEME-0007": SchemeRule("something is paid", "Leave payments of zero out.", "ZERO_AMOUNT", "IntrBkSttlmAmt"),
    "SCHEME-0008": SchemeRule(
        "an amount ordered in another currency is exact and more than nothing",
        "Give no more decimals than the currency has, or leave InstdAmt out.",
        "TOO_MANY_DECIMALS",
        "InstdAmt",
    ),
    "SCHEME-0009": SchemeRule(
        "TtlIntrBkSttlmAmt is the sum of the payments", "Add the amounts again.", "WRONG_SUM", "TtlIntrBkSttlmAmt"
    ),
    "SCHEME-0010": SchemeRule(
        "CtrlSum is the sum of the payments", "Add the amounts again, or leave CtrlSum out.", "WRONG_SUM", "CtrlSum"
    ),
    "SCHEME-0011": SchemeRule(
        "settlement is not asked for a day that is over", "Give today as IntrBkSttlmDt.", "WRONG_DATE", "IntrBkSttlmDt"
    ),
    "SCHEME-0012": SchemeRule(
        "settlement is not asked for a day to come", "Send the payment on that day.", "FUTURE_DATE", "IntrBkSttlmDt"
    ),
    "SCHEME-0013": SchemeRule(
        "who instructs and whose customer pays is the sender", "Name yourself, or nobody.", "WRONG_AGENT", "DbtrAgt"
    ),
    "SCHEME-0014": SchemeRule(
        "the agents that are to get the payment are one participant", "Name one agent.", "WRONG_AGENT", "CdtrAgt"
    ),
    "SCHEME-0015": SchemeRule(
        "the agent that is to get the payment is a participant",
        "Look the agent up among the participants.",
        "PAYEE_FSP_NOT_FOUND",
        "CdtrAgt",
    ),
}


def breach(number: str, detail: str, name: str | None = None) -> Fault:
    """The fault of a broken rule: its number and what was found; `name` where the fault is another than the row's."""
    return fault(name or SCHEME_RULES[number].fault, f"{number} {detail}")
