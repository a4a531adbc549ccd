"""What must hold of what participants are told."""

from typing import Final

from switch.invariants.shape import Invariant

DELIVERY: Final = (
    Invariant(
        "I10",
        "each transfer has an answer for its payer, and never two that differ",
        """
        WITH told AS (
            -- of a payment that was initiated its initiation hears, and tells
            SELECT order_key, receiver FROM outbox
            WHERE kind IN ('committed', 'aborted', 'stated', 'refused', 'fulfilled', 'bulk_ended', 'bulk_aborted',
                           'payments_reported') OR receiver = '@initiation' AND kind = 'handed'
        ), unheard AS (
            SELECT id FROM transfers WHERE state IN ('COMMITTED', 'ABORTED')
            EXCEPT
            SELECT t.id FROM transfers t CROSS JOIN LATERAL (VALUES (t.id), (t.determines), (t."group")) AS k(key)
            JOIN told o ON o.order_key = k.key WHERE o.receiver IN (t.payer, '@initiation')
        )
        SELECT order_key, 'told both committed and aborted' FROM outbox WHERE kind IN ('committed', 'aborted')
        GROUP BY order_key HAVING count(DISTINCT kind) > 1
        UNION ALL
        SELECT t.id, t.state || ', but ' || t.payer || ' was never told' FROM unheard JOIN transfers t USING (id)
        WHERE NOT EXISTS (
            -- of a bulk its payer hears when the last item is decided
            SELECT FROM transfers u WHERE u."group" = t."group" AND u.state IN ('RESERVED', 'FULFILLED_WAITING')
        ) AND NOT EXISTS (
            SELECT FROM records g WHERE g.kind = 'payment_group' AND g.key = t."group" AND g.open)
        UNION ALL
        SELECT t.id, t.state || ', told ' || o.kind FROM transfers t JOIN outbox o ON o.order_key = t.id
        WHERE t.state = 'COMMITTED' AND o.kind = 'aborted' OR t.state = 'ABORTED' AND o.kind = 'committed'""",
    ),
    Invariant(
        "I14",
        "no event waits more than five seconds for its first attempt, unless its receiver is away or fetches it",
        """
        WITH open AS (SELECT o.lane, o.seq, kind, o.receiver, u.created, attempts
                      FROM undelivered u JOIN outbox o USING (lane, seq))
        SELECT o.lane || ':' || o.seq, o.kind || ' for ' || o.receiver || ' since ' || o.created FROM open o
        WHERE o.attempts = 0 AND o.created < clock_timestamp() - interval '5 seconds'
          AND NOT EXISTS (SELECT FROM open tried WHERE tried.receiver = o.receiver AND tried.attempts > 0)
          AND NOT EXISTS (SELECT FROM records p WHERE p.key = o.receiver AND (
              p.kind = 'presence' AND p.body ->> 'signed_off' = 'true'
              OR p.kind = 'participant' AND (p.body -> 'iso' ->> 'delivery' IN ('pull', 'nats')
                                             OR p.body -> 'iso' ->> 'nats' = 'true')))""",
    ),
    Invariant(
        "seq",
        "the numbers of each lane's events have no gap",
        """
        SELECT l.lane, 'last number ' || l.seq || ', ' || count(o.seq) || ' events'
        FROM lanes l LEFT JOIN outbox o ON o.lane = l.lane GROUP BY l.lane, l.seq
        HAVING count(o.seq) <> l.seq OR coalesce(max(o.seq), 0) <> l.seq""",
    ),
)
