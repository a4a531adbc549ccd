"""What must hold of statements and of what participants are told they moved."""

from typing import Final

from switch.invariants.shape import Invariant

REPORTS: Final = (
    Invariant(
        "I16",
        "what participants are told of their committed payments is what their positions moved by",
        # The other side of a payment whose currency was changed is the provider.
        """
        WITH made AS (
            SELECT r.key, c.id, c.payer, c.payee, m.value ->> 'side' AS side, m.value -> 'source' AS source,
                   m.value -> 'target' AS target
            FROM records r CROSS JOIN LATERAL json_array_elements(r.body -> 'members') AS m(value)
            JOIN transfers c ON c.id = m.value ->> 'id' AND c.state = 'COMMITTED'
            WHERE r.kind = 'conversions'
        ), paid AS (
            SELECT t.id, coalesce(p.payee, t.payer) AS debtor, coalesce(q.payee, t.payee) AS creditor, t.currency,
                   t.units
            FROM transfers t
            LEFT JOIN made p ON p.key = t.id AND p.side = 'payer' AND p.payer = t.payer
            LEFT JOIN made q ON q.key = t.id AND q.side = 'payee' AND q.payer = t.payee
            WHERE t.state = 'COMMITTED' AND NOT EXISTS (SELECT FROM made c WHERE c.id = t.id)
            UNION ALL
            SELECT id, payer, payee, source ->> 'currency', (source ->> 'units')::numeric FROM made
            WHERE side <> 'payee'
            UNION ALL
            SELECT id, payee, payer, target ->> 'currency', (target ->> 'units')::numeric FROM made
            WHERE side <> 'payer'
        ), told AS (
            SELECT id, owner, currency, sum(units) AS units FROM (
                SELECT id, debtor AS owner, currency, -units AS units FROM paid
                UNION ALL SELECT id, creditor, currency, units FROM paid
            ) AS sides GROUP BY id, owner, currency
        ), moved AS (
            SELECT e.reference AS id, a.owner, a.currency, sum(e.credits_posted - e.debits_posted) AS units
            FROM entries e JOIN accounts a ON a.id = e.account JOIN transfers t ON t.id = e.reference
            WHERE e.phase IN ('commit', 'post') GROUP BY e.reference, a.owner, a.currency
        )
        SELECT coalesce(t.id, m.id), coalesce(t.owner, m.owner) || ' is told ' || coalesce(t.units, 0) || ' '
               || coalesce(t.currency, m.currency) || ', its position moved by ' || coalesce(m.units, 0)
        FROM told t FULL JOIN moved m USING (id, owner, currency) WHERE coalesce(t.units, 0) <> coalesce(m.units, 0)""",
    ),
    Invariant(
        "R1",
        "day statements have no gap in number or time, and each opens as the one before closed, the first with nothing",
        """
        WITH chain AS (
            SELECT key, body ->> 'account' AS account, (body ->> 'number')::int AS number,
                   (body ->> 'since')::timestamptz AS since, (body ->> 'until')::timestamptz AS until,
                   (body ->> 'opening')::numeric AS opening, (body ->> 'closing')::numeric AS closing
            FROM records WHERE kind = 'day_statement'
        ), linked AS (
            SELECT *, lag(number) OVER w AS former, lag(until) OVER w AS ended, lag(closing) OVER w AS closed
            FROM chain WINDOW w AS (PARTITION BY account ORDER BY number)
        )
        SELECT 'statement ' || key, 'opens with ' || opening || ' at ' || since || ', after number '
               || coalesce(former, 0) || ' with ' || coalesce(closed, 0) || ' at ' || coalesce(ended, since)
        FROM linked
        WHERE (number, since, opening) <> (coalesce(former, 0) + 1, coalesce(ended, since), coalesce(closed, 0))
        UNION ALL
        SELECT 'account ' || (e.value ->> 'account'), 'has no statement until ' || (d.body ->> 'since')
        FROM records d CROSS JOIN LATERAL json_array_elements(d.body -> 'ends') AS e(value)
        WHERE d.kind = 'business_day' AND NOT EXISTS (
            SELECT FROM chain c WHERE c.account = e.value ->> 'account' AND c.number = (e.value ->> 'number')::int
            AND c.until = (d.body ->> 'since')::timestamptz)""",
    ),
    Invariant(
        "R3",
        "each committed leg was booked while its window was open, so that a time is a window",
        """
        WITH held AS (
            SELECT key::bigint AS id, (body ->> 'created')::timestamptz AS since,
                   lead((body ->> 'created')::timestamptz) OVER (ORDER BY key::bigint) AS until
            FROM records WHERE kind = 'settlement_window'
        )
        SELECT 'entry ' || e.id, 'booked at ' || e.at || ' in window ' || w.id || ', open from ' || w.since || ' to '
               || coalesce(w.until::text, 'now')
        FROM entries e JOIN held w ON w.id = e.window_id
        WHERE e.at >= w.until OR (e.at < w.since AND w.id > 1)""",
    ),
    Invariant(
        "R2",
        "each day statement closes with what was booked before its end, and no booking is in none",
        """
        WITH held AS (
            SELECT key, (body ->> 'account')::bigint AS account, (body ->> 'since')::timestamptz AS since,
                   (body ->> 'until')::timestamptz AS until, (body ->> 'closing')::numeric AS closing
            FROM records WHERE kind = 'day_statement'
        ), booked AS (
            SELECT id, account, at, credits_posted - debits_posted AS units FROM entries
            WHERE phase IN ('commit', 'post')
        ), running AS (
            SELECT key, closing, sum(units) OVER (PARTITION BY account ORDER BY at, place ROWS UNBOUNDED PRECEDING)
            FROM (SELECT account, at, 1 AS place, units, NULL AS key, NULL::numeric AS closing FROM booked
                  UNION ALL SELECT account, until, 0, 0, key, closing FROM held) AS moves
        )
        SELECT 'statement ' || key, 'closes with ' || closing || ', its account had ' || sum
        FROM running WHERE key IS NOT NULL AND sum <> closing
        UNION ALL
        SELECT 'entry ' || id, 'booked at ' || at || ', the first statement begins at ' || begun
        FROM booked JOIN (SELECT account, min(since) AS begun FROM held GROUP BY account) f USING (account)
        WHERE at < begun
        UNION ALL
        SELECT 'account ' || account, count(*) || ' bookings of days that are over, and no statement'
        FROM booked b JOIN records d ON d.kind = 'business_day' AND json_array_length(d.body -> 'ends') > 0
        WHERE b.at < (d.body ->> 'since')::timestamptz AND NOT EXISTS (SELECT FROM held h WHERE h.account = b.account)
        GROUP BY account""",
    ),
)
