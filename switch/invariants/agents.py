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
)
