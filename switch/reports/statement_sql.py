"""Statements of a participant's accounts: what was booked in a time, between an opening and a closing balance."""
# ruff: noqa: S608 - statements are made of this package's constants; values are parameters

from typing import Final

from switch.reports.dataset import Audience, CheckQuery, Column, ColumnKind, Definition, Scope
from switch.reports.pieces import CURRENCY, PARTICIPANT, TRANSFER_OF, TYPE_OF, money, time

_BOOKED: Final = "e.phase IN ('commit', 'post')"
_ACCOUNTS: Final = """SELECT id, owner, type, currency FROM accounts k
    WHERE k.owner = %(participant)s AND (%(currency)s::text IS NULL OR k.currency = %(currency)s)"""
_FUNDS: Final = f"{_ACCOUNTS} AND k.type IN ('SETTLEMENT', 'INTERCHANGE_FEE_SETTLEMENT')"
# The last statement of each of those accounts that ended by a moment: what came before it need not be read again.
_LAST: Final = """last AS (
    SELECT k.*, coalesce(d.opening, 0) AS opening, coalesce(d.closing, 0) AS closing, d.day,
           coalesce(d.since, '-infinity') AS since, coalesce(d.until, '-infinity') AS until
    FROM k LEFT JOIN LATERAL (
        SELECT (r.body ->> 'opening')::numeric AS opening, (r.body ->> 'closing')::numeric AS closing,
               (r.body ->> 'since')::timestamptz AS since, (r.body ->> 'until')::timestamptz AS until,
               r.body ->> 'day' AS day
        FROM records r WHERE r.kind = 'day_statement' AND r.key >= lpad(k.id::text, 12, '0') || '/'
        AND r.key < lpad(k.id::text, 12, '0') || '0' AND (r.body ->> 'until')::timestamptz <= {0}
        ORDER BY r.key DESC LIMIT 1
    ) d ON true
)"""
_FUNDS_WORDS: Final = """CASE WHEN b.reference LIKE 'gross %%' THEN 'Gross settlement'
    WHEN b.reference LIKE 'late %% back' THEN 'Returned by the settlement agent'
    WHEN b.reference LIKE 'late %%' THEN 'Booked late by the settlement agent'
    WHEN b.reference LIKE 'deposit %%' OR b.reference LIKE 'settlement %%' THEN 'Net settlement'
    WHEN f.key IS NOT NULL AND b.credits_posted > 0 THEN 'Funds in'
    WHEN f.key IS NOT NULL THEN 'Funds out' ELSE 'Other' END"""
# Both sides of a booking have its reference and phase; a payment that changes currencies has a pair in each.
_OTHER: Final = """(SELECT c.owner FROM entries o JOIN accounts c ON c.id = o.account
    WHERE o.reference = b.reference AND o.phase = b.phase AND o.currency = b.currency
    AND o.debits_posted = b.credits_posted AND o.credits_posted = b.debits_posted AND o.account <> b.id
    ORDER BY abs(o.id - b.entry) LIMIT 1)"""
_TYPE: Final = f"""CASE WHEN b.reference LIKE 'late %%' THEN 'LATE'
    WHEN b.reference LIKE 'deposit %%' OR b.reference LIKE 'settlement %%' THEN 'NET_SETTLEMENT'
    WHEN b.reference LIKE 'opening %%' THEN 'OPENING' WHEN f.key IS NOT NULL THEN 'FUNDS'
    WHEN t.id IS NOT NULL THEN {TYPE_OF.format("b.reference", "t")} ELSE 'OTHER' END"""


def _lines(accounts: str, words: str, *, payments: bool = False) -> str:
    """Opening, each booking with the balance after it, and closing, of each of the accounts."""
    about = f"LEFT JOIN transfers t ON t.id = {TRANSFER_OF.format('b.reference')}" if payments else ""
    more = f", {_OTHER} AS other, b.entry AS number" if payments else ", NULL AS other, NULL::bigint AS number"
    return f"""WITH k AS ({accounts}), {_LAST.format("%(since)s")}, booked AS (
        SELECT l.*, e.id AS entry, e.at, e.reference, e.phase, e.credits_posted, e.debits_posted,
               e.credits_posted - e.debits_posted AS units
        FROM last l JOIN entries e ON e.account = l.id AND e.at >= l.until
        WHERE {_BOOKED} AND e.at >= (SELECT min(until) FROM last) AND e.at < %(until)s
    ), opened AS (
        SELECT l.id, l.owner, l.type, l.currency,
               l.closing + coalesce(sum(b.units) FILTER (WHERE b.at < %(since)s), 0) AS opening,
               l.closing + coalesce(sum(b.units), 0) AS closing
        FROM last l LEFT JOIN booked b ON b.id = l.id GROUP BY l.id, l.owner, l.type, l.currency, l.closing
    ), lines AS (
        SELECT id, owner, type, currency, 0 AS part, 0::bigint AS entry, %(since)s::timestamptz AS at,
               'Opening balance' AS description, '' AS reference, NULL::numeric AS came, NULL::numeric AS left_,
               opening AS balance, NULL AS other, NULL::bigint AS number FROM opened
        UNION ALL
        SELECT b.id, b.owner, b.type, b.currency, 1, b.entry, b.at, {words},
               coalesce(nullif(f.body ->> 'external_reference', ''), b.reference),
               nullif(b.credits_posted, 0), nullif(b.debits_posted, 0),
               o.opening + sum(b.units) OVER (PARTITION BY b.id ORDER BY b.entry){more}
        FROM booked b JOIN opened o ON o.id = b.id LEFT JOIN records f ON f.kind = 'funds' AND f.key = b.reference
        {about} WHERE b.at >= %(since)s
        UNION ALL
        SELECT id, owner, type, currency, 2, 0, %(until)s, 'Closing balance', '', NULL, NULL, closing, NULL, NULL
        FROM opened
    )"""


def _checks(accounts: str) -> tuple[CheckQuery, ...]:
    return (
        CheckQuery(
            "the last statement of a business day opened and closed as the entries say",
            f"""WITH k AS ({accounts}), {_LAST.format("%(until)s")}
            SELECT d.owner || ' ' || d.currency || ' ' || d.day, d.closing, d.opening + coalesce(
                (SELECT sum(e.credits_posted - e.debits_posted) FROM entries e
                 WHERE e.account = d.id AND {_BOOKED} AND e.at >= d.since AND e.at < d.until), 0), d.currency
            FROM last d WHERE d.day IS NOT NULL ORDER BY d.currency, d.id""",
            own=True,
        ),
        CheckQuery(
            "the balance now is the last statement's and what was booked since",
            f"""WITH k AS ({accounts}), {_LAST.format("'infinity'")}
            SELECT d.owner || ' ' || d.currency, c.credits_posted - c.debits_posted, d.closing + coalesce(
                (SELECT sum(e.credits_posted - e.debits_posted) FROM entries e
                 WHERE e.account = d.id AND e.at >= d.until), 0), d.currency
            FROM last d JOIN accounts c ON c.id = d.id ORDER BY d.currency, d.id""",
            own=True,
        ),
    )


STATEMENT: Final = Definition(
    "dfsp-settlement-statement",
    "DFSP settlement statement",
    "What came to a DFSP's settlement accounts and left them in a time, with the balance after each booking.",
    Scope.PERIOD,
    Audience.PARTICIPANTS,
    (
        PARTICIPANT, Column("accountId", "Account", ColumnKind.COUNT), Column("accountType", "Account type"), CURRENCY,
        time("at", "Booked"), Column("description", "Description"), Column("reference", "Reference"),
        money("fundsIn", "In"), money("fundsOut", "Out"), money("balance", "Balance"),
    ),
    f"""{_lines(_FUNDS, _FUNDS_WORDS)}
    SELECT owner, id, type, currency, at, description, reference, came, left_, balance FROM lines
    ORDER BY currency, id, part, entry""",
    _checks(_FUNDS),
    needs_participant=True,
)  # fmt: skip

ACCOUNT_STATEMENT: Final = Definition(
    "account-statement",
    "Account statement",
    "What was booked on every account of a participant in a time, as its camt.053 has it: opening, entries, closing.",
    Scope.PERIOD,
    Audience.PARTICIPANTS,
    (
        PARTICIPANT, Column("accountId", "Account", ColumnKind.COUNT), Column("accountType", "Account type"), CURRENCY,
        Column("entry", "Entry", ColumnKind.COUNT), time("at", "Booked"), Column("type", "Type"),
        Column("counterparty", "Other side"), Column("reference", "Reference"), money("debit", "Debit"),
        money("credit", "Credit"), money("balance", "Balance (negative: owed)"),
    ),
    f"""{_lines(_ACCOUNTS, _TYPE, payments=True)}
    SELECT owner, id, type, currency, number, at, description, other, reference, left_, came, balance FROM lines
    ORDER BY currency, id, part, entry""",
    _checks(_ACCOUNTS),
    needs_participant=True,
)  # fmt: skip
