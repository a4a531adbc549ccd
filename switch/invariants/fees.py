"""What must hold of fees."""

from typing import Final

from switch.invariants.shape import Invariant

FEES: Final = (
    Invariant(
        "F1",
        "each fee is of a committed payment, in its window, on accounts for fees, and no more of it goes back",
        """
        WITH fees AS (
            SELECT e.reference, split_part(e.reference, ' ', 2) AS id, split_part(e.reference, ' ', 3) AS rule,
                   e.window_id, a.type, e.debits_posted
            FROM entries e JOIN accounts a ON a.id = e.account
            WHERE split_part(e.reference, ' ', 1) IN ('interchange', 'scheme-fee')
        )
        SELECT reference, 'its payment is ' || coalesce(t.state, 'not there')
        FROM fees LEFT JOIN transfers t USING (id) WHERE t.state IS DISTINCT FROM 'COMMITTED'
        UNION ALL
        SELECT f.reference, 'in window ' || coalesce(f.window_id::text, 'none') || ', its payment in ' || e.window_id
        FROM fees f JOIN entries e ON e.reference = f.id AND e.window_id IS NOT NULL
        WHERE f.window_id IS DISTINCT FROM e.window_id
        UNION ALL
        SELECT reference, 'on an account of type ' || type FROM fees WHERE type NOT IN ('INTERCHANGE_FEE', 'HUB_FEE')
        UNION ALL
        SELECT e.reference, e.phase || ' on account ' || a.id || ' of type ' || a.type
        FROM entries e JOIN accounts a ON a.id = e.account AND a.type IN ('INTERCHANGE_FEE', 'HUB_FEE')
        WHERE e.phase <> 'post' OR split_part(e.reference, ' ', 1) NOT IN ('interchange', 'scheme-fee', 'settlement')
        UNION ALL
        SELECT r.key, 'of its fee by ' || b.rule || ' ' || b.units || ' went back, of '
               || coalesce(p.units, 0) || ' paid'
        FROM records r CROSS JOIN LATERAL (
            SELECT f.rule, sum(f.debits_posted) AS units FROM fees f
            WHERE f.reference LIKE '% back' AND f.id IN (
                SELECT part.value ->> 'id' FROM json_array_elements(r.body -> 'parts') AS part(value)
            ) GROUP BY f.rule
        ) AS b LEFT JOIN LATERAL (
            SELECT sum(f.debits_posted) AS units FROM fees f
            WHERE f.id = r.key AND f.rule = b.rule AND f.reference NOT LIKE '% back'
        ) AS p ON true
        WHERE r.kind = 'returns' AND r.body -> 'fees' IS NOT NULL AND b.units > coalesce(p.units, 0)""",
    ),
)
