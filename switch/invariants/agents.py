"""What must hold of what settlement agents were told, and of deposits that moved with it."""

from typing import Final

from switch.invariants.shape import Invariant

AGENTS: Final = (
    Invariant(
        "A1",
        "agents are told the nets of a settlement, zero in sum; deposits move by them once, when they are committed",
        """
        WITH told AS (
            SELECT i.key, i.body ->> 'settlement' AS settlement, i.body ->> 'attempt' AS attempt,
                   coalesce((i.body ->> 'deposits')::boolean, true) AS deposits,
                   (m.value ->> 'account')::bigint AS account, (m.value ->> 'units')::numeric AS units,
                   coalesce((m.value ->> 'posted')::boolean, false) AS posted
            FROM records i CROSS JOIN LATERAL json_array_elements(i.body -> 'movements') AS m(value)
            WHERE i.kind = 'settlement_instruction'
        ), nets AS (
            SELECT s.key AS settlement, (a.value ->> 'account')::bigint AS account,
                   (a.value ->> 'units')::numeric AS units, a.value ->> 'state' AS state
            FROM records s CROSS JOIN LATERAL json_array_elements(s.body -> 'accounts') AS a(value)
            WHERE s.kind = 'settlement'
        ), moved AS (
            SELECT substring(e.reference FROM '^deposit ([0-9]+)/') AS settlement,
                   substring(e.reference FROM '^deposit [0-9]+/([0-9]+)$')::bigint AS account,
                   sum(e.debits_posted - e.credits_posted) AS units
            FROM entries e JOIN accounts a ON a.id = e.account AND a.type <> 'HUB_RECONCILIATION'
            WHERE e.reference ~ '^deposit [0-9]+/[0-9]+$' GROUP BY 1, 2
            UNION ALL
            -- what was booked late, and taken over by a settlement, moved when it was found
            SELECT l.body ->> 'settlement', (l.body ->> 'position')::bigint,
                   sum(e.debits_posted - e.credits_posted)
            FROM records l JOIN entries e ON e.reference = 'late ' || (l.body ->> 'of') || ' ' || l.key
            JOIN accounts a ON a.id = e.account AND a.type <> 'HUB_RECONCILIATION'
            WHERE l.kind = 'late_booking' AND l.body ->> 'state' = 'ACCEPTED' AND l.body -> 'settlement' IS NOT NULL
                  AND l.body ->> 'scheme' IS NULL
            GROUP BY 1, 2
        )
        SELECT key, 'the movements sum to ' || sum(units) FROM told GROUP BY key HAVING sum(units) <> 0
        UNION ALL
        SELECT t.key, 'account ' || t.account || ' is told ' || t.units || ', its net is ' || coalesce(n.units, 0)
        FROM told t LEFT JOIN nets n ON n.settlement = t.settlement AND n.account = t.account
        WHERE n.units IS DISTINCT FROM t.units
        UNION ALL
        SELECT 'settlement ' || m.settlement, 'the deposit of account ' || m.account || ' moved by ' || m.units
               || ', its net is ' || coalesce(n.units, 0) || ' and ' || coalesce(n.state, 'not there')
        FROM moved m LEFT JOIN nets n ON n.settlement = m.settlement AND n.account = m.account
        WHERE n.units IS DISTINCT FROM m.units OR n.state NOT IN ('PS_TRANSFERS_COMMITTED', 'SETTLED')
        UNION ALL
        SELECT t.key, 'the deposit of account ' || t.account || ' was to move by ' || t.units || ', not by '
               || coalesce(m.units, 0)
        FROM told t LEFT JOIN moved m ON m.settlement = t.settlement AND m.account = t.account
        WHERE t.deposits AND t.posted AND m.units IS DISTINCT FROM t.units""",
    ),
    Invariant(
        "A2",
        "what agents booked late moves deposits once, is held while nobody has decided, and goes back when it does",
        """
        WITH late AS (
            SELECT 'late ' || (body ->> 'of') || ' ' || key AS reference, coalesce(body ->> 'state', 'OPEN') AS state,
                   (body ->> 'units')::numeric AS units, (body ->> 'debit')::bigint AS debit,
                   (body ->> 'credit')::bigint AS credit,
                   body ->> 'kind' = 'SETTLEMENT' AND coalesce((body ->> 'scheme')::boolean, false) AS passes
            FROM records WHERE kind = 'late_booking'
        ), wanted AS (
            SELECT reference, account, posted, pending FROM late CROSS JOIN LATERAL (VALUES
                (debit, units * CASE WHEN state IN ('RETURNED', 'DISMISSED') OR state = 'ACCEPTED' AND passes THEN 0
                                     ELSE 1 END, 0),
                (credit, units * CASE WHEN state IN ('RETURNED', 'DISMISSED') OR state = 'ACCEPTED' AND passes THEN 0
                                      ELSE -1 END, CASE WHEN state IN ('OPEN', 'RETURNING') THEN units ELSE 0 END)
            ) AS side(account, posted, pending)
            WHERE debit IS NOT NULL AND credit IS NOT NULL
        ), moved AS (
            SELECT regexp_replace(reference, ' back$', '') AS reference, account,
                   sum(debits_posted - credits_posted) AS posted, sum(debits_pending) AS pending
            FROM entries WHERE reference LIKE 'late %' GROUP BY 1, 2
        )
        SELECT coalesce(w.reference, m.reference), 'account ' || account || ' moved by ' || coalesce(m.posted, 0)
               || ' and holds ' || coalesce(m.pending, 0) || ', not ' || coalesce(w.posted, 0) || ' and '
               || coalesce(w.pending, 0)
        FROM wanted w FULL JOIN moved m USING (reference, account)
        WHERE (coalesce(w.posted, 0), coalesce(w.pending, 0)) <> (coalesce(m.posted, 0), coalesce(m.pending, 0))""",
    ),
)
