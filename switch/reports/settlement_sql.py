"""Reports of one settlement: for the settlement bank, bilateral, multilateral, and of one DFSP."""
# ruff: noqa: S608 - statements are made of this package's constants; values are parameters

from typing import Final

from switch.reports.dataset import Audience, CheckQuery, Column, ColumnKind, Definition, Scope
from switch.reports.pieces import (
    CURRENCY,
    OF_SETTLEMENT,
    PARTICIPANT,
    SETTLEMENT_ID,
    TRANSFER_OF,
    TYPE_OF,
    count,
    money,
    time,
)

_MINE: Final = "(%(participant)s::text IS NULL OR a.owner = %(participant)s)"
_IN: Final = "(%(currency)s::text IS NULL OR a.currency = %(currency)s)"
# Legs of the settlement's windows, with who is on either side; the pair is what a settlement's account is part of.
_LEGS: Final = f"""{OF_SETTLEMENT}, legs AS (
    SELECT e.reference, e.currency, max(e.account) FILTER (WHERE e.debits_posted > 0) AS debtor,
           max(e.account) FILTER (WHERE e.credits_posted > 0) AS creditor, sum(e.debits_posted) AS units,
           min(e.window_id) AS window_id, min(e.at) AS at
    FROM entries e WHERE e.window_id IN (SELECT id FROM w) AND (%(currency)s::text IS NULL OR e.currency = %(currency)s)
    GROUP BY e.reference, e.currency
), own AS (
    SELECT l.*, p.owner AS payer, q.owner AS payee FROM legs l JOIN accounts p ON p.id = l.debtor
    JOIN accounts q ON q.id = l.creditor
    WHERE l.debtor IN (SELECT account FROM a) OR l.creditor IN (SELECT account FROM a)
)"""
_NETS: Final = f"""{OF_SETTLEMENT}, net AS (
    SELECT e.account, sum(e.debits_posted - e.credits_posted) AS units FROM entries e
    WHERE e.window_id IN (SELECT id FROM w) AND e.account IN (SELECT account FROM a) GROUP BY e.account
)"""
_ZERO: Final = CheckQuery(
    "nets of a currency sum to zero",
    f"{OF_SETTLEMENT} SELECT currency, 0, sum(units), currency FROM a GROUP BY currency ORDER BY currency",
)
_BOOKED: Final = CheckQuery(
    "the net is what the entries add up to",
    f"""{_NETS} SELECT a.owner || ' ' || a.currency, a.units, coalesce(net.units, 0), a.currency
    FROM a LEFT JOIN net ON net.account = a.account WHERE {_MINE} AND {_IN} ORDER BY a.currency, a.owner""",
    own=True,
)

SETTLEMENT_BANK: Final = Definition(
    "settlement-bank",
    "Settlement bank report",
    "What each participant pays to the settlement, or gets from it: what the settlement bank has to book.",
    Scope.SETTLEMENT,
    Audience.OPERATOR,
    (
        SETTLEMENT_ID, CURRENCY, PARTICIPANT, Column("accountId", "Account", ColumnKind.COUNT),
        money("debit", "Pays"), money("credit", "Gets"), money("netSettlementAmount", "Net (positive: owes)"),
        Column("state", "State"), Column("externalReference", "External reference"), time("changed", "Changed"),
    ),
    f"""{OF_SETTLEMENT} SELECT a.settlement, a.currency, a.owner, a.account, greatest(a.units, 0),
        greatest(-a.units, 0), a.units, a.state, a.external_reference, a.changed
    FROM a WHERE {_MINE} AND {_IN} ORDER BY a.currency, a.owner, a.account""",
    (_ZERO, _BOOKED),
)  # fmt: skip
MULTILATERAL: Final = Definition(
    "multilateral",
    "Multilateral settlement report",
    "What each participant sent and received in the windows of a settlement, and its net against all others.",
    Scope.SETTLEMENT,
    Audience.OPERATOR,
    (
        SETTLEMENT_ID, CURRENCY, PARTICIPANT, Column("ledgerAccountType", "Account type"),
        count("sentCount", "Sent, number"), money("sent", "Sent"), count("receivedCount", "Received, number"),
        money("received", "Received"), money("netSettlementAmount", "Net (positive: owes)"),
    ),
    f"""{OF_SETTLEMENT} SELECT a.settlement, a.currency, a.owner, k.type,
        count(*) FILTER (WHERE e.debits_posted > 0), coalesce(sum(e.debits_posted), 0),
        count(*) FILTER (WHERE e.credits_posted > 0), coalesce(sum(e.credits_posted), 0), a.units
    FROM a JOIN accounts k ON k.id = a.account
    LEFT JOIN entries e ON e.account = a.account AND e.window_id IN (SELECT id FROM w)
    WHERE {_MINE} AND {_IN} GROUP BY a.settlement, a.currency, a.owner, a.account, k.type, a.units
    ORDER BY a.currency, a.owner, a.account""",
    (_ZERO, _BOOKED),
)  # fmt: skip
BILATERAL: Final = Definition(
    "bilateral",
    "Bilateral settlement report",
    "What each pair of participants sent each other in the windows of a settlement, and what is left between the two.",
    Scope.SETTLEMENT,
    Audience.PARTICIPANTS,
    (
        SETTLEMENT_ID, CURRENCY, PARTICIPANT, Column("counterparty", "Counterparty"),
        count("sentCount", "Sent, number"), money("sent", "Sent to counterparty"),
        count("receivedCount", "Received, number"), money("received", "Received from counterparty"),
        money("net", "Net (positive: owes counterparty)"),
    ),
    f"""{_LEGS} SELECT %(settlement)s, currency, least(payer, payee) AS one, greatest(payer, payee) AS other,
        count(*) FILTER (WHERE payer <= payee), coalesce(sum(units) FILTER (WHERE payer <= payee), 0),
        count(*) FILTER (WHERE payer > payee), coalesce(sum(units) FILTER (WHERE payer > payee), 0),
        sum(CASE WHEN payer = payee THEN 0 WHEN payer < payee THEN units ELSE -units END)
    FROM own WHERE %(participant)s::text IS NULL OR %(participant)s IN (payer, payee)
    GROUP BY currency, one, other ORDER BY currency, one, other""",
    (
        CheckQuery(
            "what a participant owes all others is its net",
            f"""{_LEGS}, pairs AS (
                SELECT payer AS owner, currency, units FROM own UNION ALL SELECT payee, currency, -units FROM own
            ), summed AS (SELECT owner, currency, sum(units) AS units FROM pairs GROUP BY owner, currency),
            held AS (SELECT owner, currency, sum(units) AS units FROM a WHERE {_IN} GROUP BY owner, currency)
            SELECT a.owner || ' ' || a.currency, a.units, coalesce(s.units, 0), a.currency
            FROM held a LEFT JOIN summed s USING (owner, currency) WHERE {_MINE} ORDER BY a.currency, a.owner""",
            own=True,
        ),
    ),
)  # fmt: skip
DFSP_SETTLEMENT: Final = Definition(
    "dfsp-settlement",
    "DFSP settlement report",
    "What one DFSP sent to each other participant and received from it in a settlement, and what it owes in all.",
    Scope.SETTLEMENT,
    Audience.PARTICIPANTS,
    (
        SETTLEMENT_ID, CURRENCY, PARTICIPANT, Column("counterparty", "Counterparty"),
        count("sentCount", "Sent, number"), money("sent", "Sent"), count("receivedCount", "Received, number"),
        money("received", "Received"), money("net", "Net (positive: owes)"),
    ),
    f"""{_LEGS} SELECT %(settlement)s, currency, %(participant)s::text,
        CASE WHEN payer = %(participant)s THEN payee ELSE payer END AS other,
        count(*) FILTER (WHERE payer = %(participant)s),
        coalesce(sum(units) FILTER (WHERE payer = %(participant)s), 0),
        count(*) FILTER (WHERE payer <> %(participant)s),
        coalesce(sum(units) FILTER (WHERE payer <> %(participant)s), 0),
        sum(CASE WHEN payer = payee THEN 0 WHEN payer = %(participant)s THEN units ELSE -units END)
    FROM own WHERE %(participant)s IN (payer, payee) GROUP BY currency, other ORDER BY currency, other""",
    (_BOOKED,),
    needs_participant=True,
)  # fmt: skip
DFSP_SETTLEMENT_DETAIL: Final = Definition(
    "dfsp-settlement-detail",
    "DFSP settlement detail report",
    "Every transfer and fee of one DFSP in a settlement, with its window.",
    Scope.SETTLEMENT,
    Audience.PARTICIPANTS,
    (
        SETTLEMENT_ID, Column("windowId", "Window", ColumnKind.COUNT), time("at", "Committed"),
        Column("transferId", "Transfer"), Column("type", "Type"), Column("payer", "Payer"), Column("payee", "Payee"),
        CURRENCY, money("sent", "Sent"), money("received", "Received"),
    ),
    f"""{_LEGS} SELECT %(settlement)s, l.window_id, l.at, {TRANSFER_OF.format("l.reference")} AS transfer,
        {TYPE_OF.format("l.reference", "t")}, l.payer, l.payee, l.currency,
        CASE WHEN l.payer = %(participant)s THEN l.units END, CASE WHEN l.payee = %(participant)s THEN l.units END
    FROM own l LEFT JOIN transfers t ON t.id = {TRANSFER_OF.format("l.reference")}
    WHERE %(participant)s IN (l.payer, l.payee) ORDER BY l.at, l.reference, l.currency""",
    (_BOOKED,),
    needs_participant=True,
)  # fmt: skip
