"""Books of many committed payments, written by SQL in bulk: what years of traffic would leave, in a minute.

Everything `isoloop check` looks at is there: transfers, their history, entries with running balances, counters of
accounts, and the events that told the payers.
"""

import time

import psycopg

# Each payment goes from one participant to another one, round about, with an amount that its number decides.
_PAYMENTS = """
CREATE TEMPORARY TABLE made AS
SELECT n, md5('bench ' || n)::uuid::text AS id,
       p.id AS debtor, p.owner AS payer, q.id AS creditor, q.owner AS payee,
       (mod(n * 7919, 99999) + 1) * 100 AS units, %(clock)s::timestamptz - interval '1 hour' + n * interval '1 ms' AS at
FROM generate_series(1, %(payments)s::bigint) AS n
CROSS JOIN (SELECT count(*) AS members FROM members) m
JOIN members p ON p.place = mod(n, m.members)
JOIN members q ON q.place = mod(n + 1 + mod(n / m.members, m.members - 1), m.members)"""
_MEMBERS = """
CREATE TEMPORARY TABLE members AS
SELECT id, owner, row_number() OVER (ORDER BY id) - 1 AS place FROM accounts
WHERE type = 'POSITION' AND currency = %s"""
_ENTRIES = """
INSERT INTO entries (reference, phase, account, currency, debits_pending, debits_posted, credits_pending,
                     credits_posted, value, at, cap, cover, window_id)
SELECT id, phase, account, %s, dp, dd, cp, cc,
       sum(dp + dd - cc) OVER (PARTITION BY account ORDER BY n, place ROWS UNBOUNDED PRECEDING), at,
       CASE WHEN place = 1 THEN 1e18 END, CASE WHEN place = 1 THEN 1e18 END, CASE WHEN place > 2 THEN %s END
FROM made CROSS JOIN LATERAL (VALUES
    (1, 'reserve', debtor, units, 0, 0, 0), (2, 'reserve', creditor, 0, 0, units, 0),
    (3, 'commit', debtor, -units, units, 0, 0), (4, 'commit', creditor, 0, 0, -units, units)
) AS legs(place, phase, account, dp, dd, cp, cc)
ORDER BY n, place"""
_REST = (
    """
INSERT INTO transfers (id, payer, payee, currency, units, state, expiry, prepare_hash, answer_hash, history, iso_status,
                       created, completed, body)
SELECT id, payer, payee, %(currency)s, units, 'COMMITTED', at + interval '1 minute', '\\x00', '\\x00', 2, 'ACSP', at,
       at, decode(repeat(md5(id), 28), 'hex') FROM made""",
    "INSERT INTO transfer_history SELECT id, 1, 'RESERVED', at FROM made",
    "INSERT INTO transfer_history SELECT id, 2, 'COMMITTED', at FROM made",
    """
INSERT INTO outbox (lane, seq, receiver, order_key, kind, delivery, body, created)
SELECT 'ledger', seq + n, payer, id, 'committed', 'result', '\\x00', at
FROM made CROSS JOIN (SELECT seq FROM lanes WHERE lane = 'ledger') AS l""",
    "UPDATE lanes SET seq = seq + (SELECT count(*) FROM made) WHERE lane = 'ledger'",
    """
UPDATE accounts a SET debits_posted = debits_posted + s.dd, credits_posted = credits_posted + s.cc FROM (
    SELECT account, sum(dd) AS dd, sum(cc) AS cc FROM made
    CROSS JOIN LATERAL (VALUES (debtor, units, 0), (creditor, 0, units)) AS v(account, dd, cc) GROUP BY account
) s WHERE s.account = a.id""",
    """
UPDATE records SET body = jsonb_build_object('is', 'cycle', 'window', %(window)s::int, 'filled', true)::json
WHERE kind = 'cycle'""",
    """
INSERT INTO records SELECT 'cycle', 'ledger', 'ledger', true,
    jsonb_build_object('is', 'cycle', 'window', %(window)s::int, 'filled', true)::json, now()
WHERE NOT EXISTS (SELECT FROM records WHERE kind = 'cycle')""",
)


def write(url: str, payments: int, currency: str, window: int = 1) -> float:
    """Commit that many payments in a window of a hub that is stopped and has none yet; gives the seconds it took."""
    began = time.perf_counter()
    with psycopg.connect(url) as connection:
        connection.execute("SET LOCAL work_mem = '256MB'")
        (clock,) = connection.execute("SELECT clock FROM lanes WHERE lane = 'ledger'").fetchone() or (None,)
        connection.execute(_MEMBERS, [currency])
        connection.execute(_PAYMENTS, {"payments": payments, "clock": clock})
        connection.execute(_ENTRIES, [currency, window])
        for statement in _REST:
            connection.execute(statement, {"currency": currency, "window": window})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) entries, transfers, transfer_history, outbox")
    return time.perf_counter() - began
