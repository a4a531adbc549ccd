"""What must hold of windows and settlements."""

from typing import Final

from switch.invariants.shape import Invariant

SETTLEMENT: Final = (
    Invariant(
        "I12",
        "each committed leg is in exactly one settlement window, and nothing else is in any",
        """
        SELECT e.reference, e.phase || ' in no window' FROM entries e JOIN transfers t ON t.id = e.reference
        WHERE e.phase IN ('commit', 'post') AND e.window_id IS NULL
        UNION ALL
        SELECT reference, 'in windows ' || min(window_id) || ' and ' || max(window_id) FROM entries
        WHERE window_id IS NOT NULL GROUP BY reference HAVING count(DISTINCT window_id) > 1
        UNION ALL
        SELECT c.id, 'in another window than its transfer ' || t.id
        FROM transfers c JOIN transfers t ON t.id = c.determines AND c.state = 'COMMITTED'
        JOIN entries e ON e.reference = c.id JOIN entries f ON f.reference = t.id WHERE e.window_id <> f.window_id
        UNION ALL
        SELECT reference, phase || ' in window ' || window_id FROM entries e WHERE window_id IS NOT NULL
        AND (phase NOT IN ('commit', 'post')
             OR split_part(reference, ' ', 1) NOT IN ('gross', 'interchange', 'scheme-fee')
             AND NOT EXISTS (SELECT FROM transfers t WHERE t.id = e.reference))
        UNION ALL
        SELECT reference, 'in window ' || window_id || ', which is not open yet' FROM entries
        WHERE window_id > (SELECT coalesce(max((body ->> 'window')::bigint), 1) FROM records WHERE kind = 'cycle')""",
    ),
    Invariant(
        "I12b",
        "a closed window holds what its entries add up to, zero in each currency, and is settled once",
        """
        WITH closed AS (
            SELECT key::bigint AS win, body FROM records
            WHERE kind = 'settlement_window' AND body ->> 'state' NOT IN ('OPEN', 'PROCESSING', 'FAILED')
        ), held AS (
            SELECT win, c.value ->> 'ledger_account_type' || ' ' || (c.value ->> 'currency') AS what,
                   (n.value ->> 'account')::bigint AS account, (n.value ->> 'units')::numeric AS units
            FROM closed CROSS JOIN LATERAL json_array_elements(body -> 'contents') AS c(value)
            CROSS JOIN LATERAL json_array_elements(c.value -> 'nets') AS n(value)
        ), moved AS (
            SELECT window_id AS win, account, sum(debits_posted - credits_posted) AS units FROM entries
            WHERE window_id IN (SELECT win FROM closed) GROUP BY window_id, account
        )
        SELECT 'window ' || win, 'account ' || account || ' has ' || coalesce(h.units, 0) || ', its entries '
               || coalesce(m.units, 0)
        FROM held h FULL JOIN moved m USING (win, account) WHERE coalesce(h.units, 0) <> coalesce(m.units, 0)
        UNION ALL
        SELECT 'window ' || win, what || ' sums to ' || sum(units) FROM held GROUP BY win, what HAVING sum(units) <> 0
        UNION ALL
        SELECT 'content ' || c.value, 'in ' || count(*) || ' settlements'
        FROM records s CROSS JOIN LATERAL json_array_elements_text(s.body -> 'contents') AS c(value)
        WHERE s.kind = 'settlement' AND s.body ->> 'state' <> 'ABORTED' GROUP BY c.value HAVING count(*) > 1""",
    ),
    Invariant(
        "I13",
        "a settlement's nets sum to zero, move positions as its states say, and leave nothing with the hub",
        """
        WITH nets AS (
            SELECT s.key, coalesce((s.body ->> 'resets')::boolean, false) AS resets, a.value ->> 'currency' AS currency,
                   (a.value ->> 'account')::bigint AS account, (a.value ->> 'units')::numeric AS units,
                   a.value ->> 'state' AS state
            FROM records s CROSS JOIN LATERAL json_array_elements(s.body -> 'accounts') AS a(value)
            WHERE s.kind = 'settlement'
        ), posted AS (
            SELECT split_part(split_part(reference, ' ', 2), '/', 1) AS key, account,
                   sum(debits_posted - credits_posted) AS units
            FROM entries WHERE reference LIKE 'settlement %' GROUP BY 1, 2
        )
        SELECT 'settlement ' || key, currency || ' sums to ' || sum(units) FROM nets
        GROUP BY key, currency HAVING sum(units) <> 0
        UNION ALL
        SELECT 'settlement ' || n.key, 'account ' || n.account || ', net ' || n.units || ', is ' || n.state
               || ' and moved by ' || coalesce(p.units, 0)
        FROM nets n LEFT JOIN posted p ON p.key = n.key AND p.account = n.account
        WHERE coalesce(p.units, 0) <> CASE
            WHEN n.resets AND (n.state IN ('PS_TRANSFERS_COMMITTED', 'SETTLED')
                               OR n.state = 'PS_TRANSFERS_RESERVED' AND n.units < 0) THEN -n.units
            ELSE 0
        END
        UNION ALL
        SELECT 'settlement ' || p.key, 'left ' || p.units || ' on account ' || p.account
        FROM posted p JOIN records s ON s.kind = 'settlement' AND s.key = p.key
        WHERE p.units <> 0 AND NOT EXISTS (SELECT FROM nets n WHERE n.key = p.key AND n.account = p.account)
          AND s.body ->> 'state' IN ('PS_TRANSFERS_COMMITTED', 'SETTLING', 'SETTLED', 'ABORTED')""",
    ),
)
