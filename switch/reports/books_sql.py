"""Reports of the books: a DFSP's settlement account, windows, reconciliation, transactions, what was done."""
# ruff: noqa: S608 - statements are made of this package's constants; values are parameters

from typing import Final

from switch.reports.dataset import Audience, CheckQuery, Column, ColumnKind, Definition, Scope
from switch.reports.pieces import CURRENCY, PARTICIPANT, money, time

_IN: Final = "(%(currency)s::text IS NULL OR {0}.currency = %(currency)s)"
_OF: Final = "(%(participant)s::text IS NULL OR {0}.owner = %(participant)s)"
_WINDOWS: Final = """WITH w AS (
    SELECT key::bigint AS id, body, body ->> 'state' AS state, (body ->> 'created')::timestamptz AS opened,
           (body ->> 'changed')::timestamptz AS changed, coalesce(body ->> 'reason', '') AS reason
    FROM records WHERE kind = 'settlement_window' AND (%(window)s::bigint IS NULL OR key = %(window)s::text)
    AND (%(since)s::timestamptz IS NULL OR (body ->> 'created')::timestamptz >= %(since)s)
    AND (%(until)s::timestamptz IS NULL OR (body ->> 'created')::timestamptz < %(until)s)
), sums AS (
    SELECT e.window_id, e.account, sum(e.debits_posted) AS debits, sum(e.credits_posted) AS credits
    FROM entries e WHERE e.window_id IN (SELECT id FROM w) GROUP BY e.window_id, e.account
), contents AS (
    SELECT w.id AS window_id, (n.value ->> 'account')::bigint AS account, (n.value ->> 'units')::numeric AS units,
           c.value ->> 'settlement' AS settlement
    FROM w, json_array_elements(w.body -> 'contents') AS c(value), json_array_elements(c.value -> 'nets') AS n(value)
)"""
SETTLEMENT_WINDOW: Final = Definition(
    "settlement-window",
    "Settlement window report",
    "Windows with what each participant sent and received in them, and the settlement that took it.",
    Scope.WINDOWS,
    Audience.PARTICIPANTS,
    (
        Column("windowId", "Window", ColumnKind.COUNT), Column("state", "State"), time("opened", "Opened"),
        time("changed", "Last change"), Column("reason", "Reason"), CURRENCY, PARTICIPANT,
        Column("ledgerAccountType", "Account type"), money("sent", "Sent"), money("received", "Received"),
        money("net", "Net (positive: owes)"), Column("settlementId", "Settlement"),
    ),
    f"""{_WINDOWS} SELECT w.id, w.state, w.opened, w.changed, w.reason, k.currency, k.owner, k.type, n.debits,
        n.credits, n.debits - n.credits, c.settlement
    FROM w LEFT JOIN (sums n JOIN accounts k ON k.id = n.account) ON n.window_id = w.id
    LEFT JOIN contents c ON c.window_id = w.id AND c.account = n.account
    WHERE (%(participant)s::text IS NULL OR k.owner = %(participant)s)
    AND (%(currency)s::text IS NULL OR k.currency = %(currency)s)
    ORDER BY w.id, k.currency, k.owner, k.id""",
    (
        CheckQuery(
            "nets of a window and currency sum to zero",
            f"""{_WINDOWS} SELECT 'window ' || n.window_id || ' ' || k.currency, 0, sum(n.debits - n.credits),
                k.currency FROM sums n JOIN accounts k ON k.id = n.account WHERE {_IN.format("k")}
            GROUP BY n.window_id, k.currency ORDER BY n.window_id, k.currency""",
        ),
        CheckQuery(
            "nets that were kept are what the entries add up to: those that differ",
            f"""{_WINDOWS} SELECT 'accounts', 0, count(*), NULL FROM contents c JOIN accounts k ON k.id = c.account
            LEFT JOIN sums n ON n.window_id = c.window_id AND n.account = c.account
            WHERE c.units <> coalesce(n.debits - n.credits, 0) AND {_OF.format("k")}""",
            own=True,
        ),
    ),
)  # fmt: skip

_POSTED: Final = """WITH booked AS (
    SELECT account, sum(credits_posted - debits_posted) AS units, sum(debits_pending) AS reserved FROM entries
    GROUP BY account
)"""
RECONCILIATION: Final = Definition(
    "reconciliation",
    "Reconciliation report",
    "Every account as it is now beside what its entries add up to; settlement accounts against the hub's own.",
    Scope.NOW,
    Audience.OPERATOR,
    (
        CURRENCY, PARTICIPANT, Column("accountType", "Account type"), Column("accountId", "Account", ColumnKind.COUNT),
        money("balance", "Balance"), money("reserved", "Reserved"), money("netDebitCap", "Net debit cap"),
        money("entries", "By its entries"), money("difference", "Difference"),
    ),
    f"""{_POSTED} SELECT k.currency, k.owner, k.type, k.id, k.credits_posted - k.debits_posted, k.debits_pending, k.cap,
        coalesce(b.units, 0), k.credits_posted - k.debits_posted - coalesce(b.units, 0)
    FROM accounts k LEFT JOIN booked b ON b.account = k.id WHERE {_OF.format("k")} AND {_IN.format("k")}
    ORDER BY k.currency, k.owner, k.id""",
    (
        CheckQuery(
            "balances of a currency sum to zero",
            f"""SELECT k.currency, 0, sum(k.credits_posted - k.debits_posted), k.currency FROM accounts k
            WHERE {_IN.format("k")} GROUP BY k.currency ORDER BY k.currency""",
        ),
        CheckQuery(
            "accounts whose balance or reservations are not what their entries add up to",
            f"""{_POSTED} SELECT 'accounts', 0, count(*), NULL FROM accounts k LEFT JOIN booked b ON b.account = k.id
            WHERE k.credits_posted - k.debits_posted <> coalesce(b.units, 0)
            OR k.debits_pending <> coalesce(b.reserved, 0)""",
        ),
        CheckQuery(
            "funds that came in less those that left are booked on the hub's reconciliation account",
            f"""WITH funds AS (
                SELECT body -> 'amount' ->> 'currency' AS currency, sum(CASE body ->> 'direction' WHEN 'IN' THEN 1
                       ELSE -1 END * (body -> 'amount' ->> 'units')::numeric) AS units
                FROM records WHERE kind = 'funds' AND body ->> 'state' = 'COMMITTED' GROUP BY 1
            ) SELECT k.currency, coalesce(f.units, 0), coalesce((
                SELECT sum(e.debits_posted - e.credits_posted) FROM entries e
                JOIN records r ON r.kind = 'funds' AND r.key = e.reference WHERE e.account = k.id), 0), k.currency
            FROM accounts k LEFT JOIN funds f ON f.currency = k.currency
            WHERE k.type = 'HUB_RECONCILIATION' AND {_IN.format("k")} ORDER BY k.currency""",
        ),
    ),
)  # fmt: skip

_PARTY: Final = "(%(participant)s::text IS NULL OR %(participant)s IN (t.payer, t.payee))"
_TRANSFER: Final = (
    Column("transferId", "Transfer"), Column("type", "Type"), time("created", "Created"), Column("payer", "Payer"),
    Column("payee", "Payee"), CURRENCY, money("amount", "Amount"), Column("state", "State"),
)  # fmt: skip
_KIND: Final = "CASE WHEN t.determines IS NULL THEN 'TRANSFER' ELSE 'CONVERSION' END"
TRANSACTIONS: Final = Definition(
    "transactions",
    "Transaction report",
    "Every transfer that was made in a time, with how it ended and the window it belongs to.",
    Scope.PERIOD,
    Audience.PARTICIPANTS,
    (
        *_TRANSFER, time("completed", "Completed"), Column("isoStatus", "ISO status"), Column("fault", "Refused for"),
        Column("windowId", "Window"),
    ),
    f"""SELECT t.id, {_KIND}, t.created, t.payer, t.payee, t.currency, t.units, t.state, t.completed, t.iso_status,
        t.fault, (SELECT min(e.window_id) FROM entries e WHERE e.reference = t.id AND e.window_id IS NOT NULL)
    FROM transfers t WHERE t.created >= %(since)s AND t.created < %(until)s AND {_PARTY} AND {_IN.format("t")}
    ORDER BY t.created, t.id""",
    (
        CheckQuery(
            "transfers that are committed without a booking in a window, or booked without being committed",
            f"""SELECT 'transfers', 0, count(*), NULL FROM transfers t
            WHERE t.created >= %(since)s AND t.created < %(until)s AND {_PARTY} AND {_IN.format("t")}
            AND (t.state = 'COMMITTED') <> EXISTS (
                SELECT FROM entries e WHERE e.reference = t.id AND e.window_id IS NOT NULL)""",
            own=True,
        ),
    ),
)  # fmt: skip
UNFINALISED: Final = Definition(
    "unfinalised-transfers",
    "Unfinalised transfers report",
    "Transfers that have no end yet, with the money they hold, the oldest first.",
    Scope.NOW,
    Audience.PARTICIPANTS,
    (*_TRANSFER, time("expiry", "Expires"), Column("overdue", "Overdue"), money("reserved", "Reserved")),
    f"""SELECT t.id, {_KIND}, t.created, t.payer, t.payee, t.currency, t.units, t.state, t.expiry,
        CASE WHEN t.expiry < clock_timestamp() THEN 'yes' ELSE 'no' END,
        (SELECT coalesce(sum(e.debits_pending), 0) FROM entries e
         WHERE e.reference = t.id AND e.currency = t.currency)
    FROM transfers t WHERE t.state IN ('RESERVED', 'FULFILLED_WAITING') AND {_PARTY} AND {_IN.format("t")}
    ORDER BY t.created, t.id""",
    (
        CheckQuery(
            "what is reserved on positions is what these transfers hold",
            f"""SELECT k.currency, sum(k.debits_pending), coalesce((
                SELECT sum(e.debits_pending) FROM transfers t JOIN entries e ON e.reference = t.id
                WHERE t.state IN ('RESERVED', 'FULFILLED_WAITING') AND e.currency = k.currency), 0), k.currency
            FROM accounts k WHERE k.type = 'POSITION' AND {_IN.format("k")} GROUP BY k.currency ORDER BY k.currency""",
        ),
    ),
)  # fmt: skip

_AUDIT: Final = """WITH done AS (
    SELECT (body ->> 'created')::timestamptz AS at, 'WINDOW_OPENED' AS what, key AS id, NULL AS owner, NULL AS currency,
           NULL::numeric AS units, NULL AS state, '' AS reason, '' AS reference
    FROM records WHERE kind = 'settlement_window'
    UNION ALL
    SELECT (body ->> 'changed')::timestamptz, 'WINDOW_CHANGED', key, NULL, NULL, NULL, body ->> 'state',
           coalesce(body ->> 'reason', ''), ''
    FROM records WHERE kind = 'settlement_window' AND body ->> 'state' <> 'OPEN'
    UNION ALL
    SELECT (body ->> 'created')::timestamptz, 'SETTLEMENT_CREATED', key, NULL, NULL, NULL, NULL,
           'model ' || (body ->> 'model'), ''
    FROM records WHERE kind = 'settlement'
    UNION ALL
    SELECT (v.value ->> 'changed')::timestamptz, 'SETTLEMENT_ACCOUNT', r.key, v.value ->> 'owner',
           v.value ->> 'currency', (v.value ->> 'units')::numeric, v.value ->> 'state',
           coalesce(v.value ->> 'reason', ''), coalesce(v.value ->> 'external_reference', '')
    FROM records r, json_array_elements(r.body -> 'accounts') AS v(value) WHERE r.kind = 'settlement'
    UNION ALL
    SELECT (body ->> 'changed')::timestamptz, 'FUNDS_' || (body ->> 'direction'), key, body ->> 'participant',
           body -> 'amount' ->> 'currency', (body -> 'amount' ->> 'units')::numeric, body ->> 'state',
           concat_ws(' ', nullif(body ->> 'reason', ''), nullif(body ->> 'comment', '')),
           coalesce(body ->> 'external_reference', '')
    FROM records WHERE kind = 'funds'
    UNION ALL
    SELECT (body ->> 'changed')::timestamptz, 'LATE_' || (body ->> 'kind'), key, body ->> 'debtor',
           body ->> 'currency', (body ->> 'units')::numeric, coalesce(body ->> 'state', 'OPEN'),
           coalesce(nullif(body ->> 'reason', ''), body ->> 'why'), body ->> 'of'
    FROM records WHERE kind = 'late_booking'
    UNION ALL
    SELECT e.at, 'POSITION_' || CASE WHEN e.credits_posted > 0 THEN 'CREDITED' ELSE 'DEBITED' END,
           split_part(split_part(e.reference, ' ', 2), '/', 1), k.owner, k.currency,
           e.debits_posted + e.credits_posted, NULL, e.reference, ''
    FROM entries e JOIN accounts k ON k.id = e.account
    WHERE e.at >= %(since)s AND e.at < %(until)s AND e.reference LIKE 'settlement %%'
    UNION ALL
    SELECT (v.value ->> 'at')::timestamptz, 'BUSINESS_DAY_' || upper(v.value ->> 'action'), r.body ->> 'day', NULL,
           NULL, NULL, v.value ->> 'state', coalesce(v.value ->> 'reason', ''), v.value ->> 'by'
    FROM records r, json_array_elements(r.body -> 'changes') AS v(value) WHERE r.kind IN ('business_day', 'past_day')
)"""
SETTLEMENT_AUDIT: Final = Definition(
    "settlement-audit",
    "Settlement audit report",
    "What was done to windows, settlements, funds and business days in a time, in the order it was done.",
    Scope.PERIOD,
    Audience.OPERATOR,
    (
        time("at", "At"), Column("event", "Event"), Column("id", "Of"), PARTICIPANT, CURRENCY,
        money("amount", "Amount"), Column("state", "State"), Column("reason", "Reason"),
        Column("reference", "Reference"),
    ),
    f"""{_AUDIT} SELECT at, what, id, owner, currency, units, state, reason, reference FROM done
    WHERE at >= %(since)s AND at < %(until)s AND (%(participant)s::text IS NULL OR owner = %(participant)s)
    AND (%(currency)s::text IS NULL OR currency = %(currency)s)
    AND (%(settlement)s::text IS NULL OR (what LIKE 'SETTLEMENT%%' OR what LIKE 'POSITION%%') AND id = %(settlement)s)
    ORDER BY at, what, id, owner, currency""",
    (
        CheckQuery(
            "what settlement moves on positions sums to zero",
            f"""SELECT e.currency, 0, sum(e.credits_posted - e.debits_posted), e.currency FROM entries e
            WHERE e.at >= %(since)s AND e.at < %(until)s AND e.reference LIKE 'settlement %%' AND {_IN.format("e")}
            GROUP BY e.currency ORDER BY e.currency""",
        ),
    ),
)  # fmt: skip
