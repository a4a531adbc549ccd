"""What must hold in the books at any moment, each as one query that returns what breaks it.

Written against the tables alone, not with the hub's own code, so that neither can hide a mistake of the other.
Every query gives (what, detail). Units are 10^-4 of a currency.
"""

from typing import Final, NamedTuple

from switch.order_invariants import ORDERS


class Invariant(NamedTuple):
    """A promise and the query that finds where it is broken."""

    name: str
    promise: str
    query: str


INVARIANTS: Final = (
    Invariant(
        "I1",
        "the entries of each transfer sum to zero",
        """
        SELECT reference, currency || ': ' || sum(debits_posted - credits_posted) || ' posted, '
               || sum(debits_pending - credits_pending) || ' pending'
        FROM entries GROUP BY reference, currency
        HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)""",
    ),
    Invariant(
        "I2",
        "the accounts of each currency sum to zero",
        """
        SELECT currency, sum(debits_posted - credits_posted) || ' posted, '
               || sum(debits_pending - credits_pending) || ' pending'
        FROM accounts GROUP BY currency
        HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)""",
    ),
    Invariant(
        "I3",
        "each balance is the sum of its entries, now and after each entry",
        """
        SELECT 'account ' || coalesce(a.id, e.account), 'a counter differs from its entries'
        FROM accounts a FULL JOIN (
            SELECT account, sum(debits_pending) AS dp, sum(debits_posted) AS dd, sum(credits_pending) AS cp,
                   sum(credits_posted) AS cc
            FROM entries GROUP BY account
        ) e ON e.account = a.id
        WHERE (a.debits_pending, a.debits_posted, a.credits_pending, a.credits_posted)
              IS DISTINCT FROM (coalesce(e.dp, 0), coalesce(e.dd, 0), coalesce(e.cp, 0), coalesce(e.cc, 0))
        UNION ALL
        SELECT 'entry ' || id, 'value ' || value || ', its entries give ' || running FROM (
            SELECT id, value, sum(debits_pending + debits_posted - credits_posted) OVER w AS running
            FROM entries WINDOW w AS (PARTITION BY account ORDER BY id)
        ) r WHERE value <> running""",
    ),
    Invariant(
        "I4",
        "no reservation passed the cap or the cover it was checked against",
        """
        SELECT 'entry ' || id, reference || ': value ' || value || ', cap ' || coalesce(cap::text, 'none')
               || ', cover ' || coalesce(cover::text, 'none')
        FROM entries WHERE phase = 'reserve' AND debits_pending > 0 AND value > least(cap, cover)""",
    ),
    Invariant(
        "I5",
        "what is reserved is what open transfers and open funds say",
        # On the payee's side a provider's amount is reserved instead of the initiator's, `alone` both are.
        """
        WITH members AS (
            SELECT m.value ->> 'id' AS id, m.value ->> 'side' AS side, m.value -> 'target' ->> 'currency' AS currency,
                   (m.value -> 'target' ->> 'units')::numeric AS units
            FROM records r CROSS JOIN LATERAL json_array_elements(r.body -> 'members') AS m(value)
            WHERE r.kind = 'conversions'
        )
        SELECT 'account ' || coalesce(e.account::text, '?'), coalesce(e.reference, o.reference) || ': reserved '
               || coalesce(e.units, 0) || ', open ' || coalesce(o.units, 0)
        FROM (
            SELECT reference, currency, min(account) AS account, sum(debits_pending) AS units FROM entries
            GROUP BY reference, currency HAVING sum(debits_pending) <> 0
        ) e FULL JOIN (
            SELECT id AS reference, currency, units FROM transfers t WHERE state IN ('RESERVED', 'FULFILLED_WAITING')
            AND NOT EXISTS (SELECT FROM members m WHERE m.id = t.id AND m.side = 'payee')
            UNION ALL
            SELECT m.id, m.currency, m.units FROM members m JOIN transfers t ON t.id = m.id
            WHERE m.side <> 'payer' AND t.state IN ('RESERVED', 'FULFILLED_WAITING')
            UNION ALL
            SELECT key, body -> 'amount' ->> 'currency', (body -> 'amount' ->> 'units')::numeric FROM records
            WHERE kind = 'funds' AND body ->> 'state' = 'RESERVED'
        ) o ON o.reference = e.reference AND o.currency = e.currency
        WHERE e.units IS DISTINCT FROM o.units""",
    ),
    Invariant(
        "I6",
        "a final state is the last one, and a minute after its expiry every transfer is final",
        """
        SELECT h.transfer_id, 'state ' || later.state || ' after ' || h.state
        FROM transfer_history h JOIN transfer_history later
          ON later.transfer_id = h.transfer_id AND later.number > h.number
        WHERE h.state IN ('COMMITTED', 'ABORTED')
        UNION ALL
        SELECT id, 'still ' || state || ', expired at ' || expiry FROM transfers
        WHERE state IN ('RESERVED', 'FULFILLED_WAITING') AND expiry < clock_timestamp() - interval '60 seconds'""",
    ),
    Invariant(
        "I7",
        "each history is a path in the graph of states, numbered without gap, and ends in the present state",
        """
        WITH path AS (
            SELECT transfer_id, number, state, row_number() OVER w AS place, coalesce(lag(state) OVER w, '') AS before
            FROM transfer_history WINDOW w AS (PARTITION BY transfer_id ORDER BY number)
        )
        SELECT transfer_id, 'number ' || number || ' in place ' || place FROM path WHERE number <> place
        UNION ALL
        SELECT transfer_id, before || ' to ' || state FROM path WHERE (before, state) NOT IN (
            ('', 'RESERVED'), ('', 'ABORTED'), ('RESERVED', 'COMMITTED'), ('RESERVED', 'ABORTED'),
            ('RESERVED', 'FULFILLED_WAITING'), ('FULFILLED_WAITING', 'COMMITTED'), ('FULFILLED_WAITING', 'ABORTED'))
        UNION ALL
        SELECT t.id, 'is ' || t.state || ' (' || t.history || '), its history ends in '
               || coalesce(h.state || ' (' || h.number || ')', 'nothing')
        FROM transfers t LEFT JOIN (
            SELECT DISTINCT ON (transfer_id) transfer_id, number, state FROM transfer_history
            ORDER BY transfer_id, number DESC
        ) h ON h.transfer_id = t.id
        WHERE (t.state, t.history) IS DISTINCT FROM (h.state, h.number)""",
    ),
    Invariant(
        "I8",
        "a committed transfer has its preimage or a bank's acceptance, and was accepted in time",
        """
        SELECT id, CASE WHEN condition IS NULL THEN 'no bank accepted it' ELSE 'the fulfilment does not fit' END
        FROM transfers WHERE state = 'COMMITTED' AND CASE
            WHEN condition IS NULL THEN iso_status IS NULL
            WHEN fulfilment IS NULL OR fulfilment !~ '^[A-Za-z0-9_-]{43}$' THEN true
            ELSE rtrim(translate(encode(sha256(decode(translate(fulfilment, '-_', '+/') || '=', 'base64')), 'base64'),
                 '+/', '-_'), '=') <> condition
        END
        UNION ALL
        SELECT t.id, 'accepted at ' || h.at || ', expired at ' || t.expiry FROM transfers t JOIN (
            SELECT transfer_id, min(at) AS at FROM transfer_history WHERE state IN ('COMMITTED', 'FULFILLED_WAITING')
            GROUP BY transfer_id
        ) h ON h.transfer_id = t.id
        WHERE h.at >= t.expiry""",
    ),
    Invariant(
        "I9",
        "one id has one effect: reserved once, and ended once, as its state says",
        # A conversion on no side moves two amounts. A payee that converts is not credited: its provider is, by `post`
        # in the place of what was reserved.
        """
        WITH moved AS (
            SELECT reference, count(*) FILTER (WHERE phase = 'reserve') AS reserved,
                   count(*) FILTER (WHERE phase = 'commit') AS committed,
                   count(*) FILTER (WHERE phase = 'void') AS voided, count(*) FILTER (WHERE phase = 'post') AS posted
            FROM entries GROUP BY reference
        ), allowed AS (
            SELECT t.id, t.state, CASE WHEN EXISTS (
                SELECT FROM records r CROSS JOIN LATERAL json_array_elements(r.body -> 'members') AS m(value)
                WHERE r.kind = 'conversions' AND r.key = t.id AND m.value ->> 'side' = 'alone'
            ) THEN 4 ELSE 2 END AS once, EXISTS (
                SELECT FROM transfers c WHERE c.determines = t.id AND c.state = 'COMMITTED'
            ) AS converted FROM transfers t
        )
        SELECT m.reference, reserved || ' entries reserved, ' || committed || ' committed, ' || voided || ' voided, '
               || posted || ' posted'
        FROM moved m LEFT JOIN allowed a ON a.id = m.reference
        WHERE a.id IS NULL AND (reserved > 2 OR committed + voided > 2
                                OR posted > CASE WHEN m.reference LIKE 'gross %' THEN 4 ELSE 2 END)
        UNION ALL
        SELECT a.id, a.state || ' with ' || coalesce(m.reserved, 0) || ' entries reserved, '
               || coalesce(m.committed, 0) || ' committed, ' || coalesce(m.voided, 0) || ' voided, '
               || coalesce(m.posted, 0) || ' posted'
        FROM allowed a LEFT JOIN moved m ON m.reference = a.id
        WHERE NOT CASE a.state
            WHEN 'COMMITTED' THEN (m.reserved, m.committed, m.voided, m.posted) IN ((a.once, a.once, 0, 0))
                OR a.converted AND (m.reserved, m.committed, m.voided, m.posted) IN ((2, 0, 2, 2))
            WHEN 'ABORTED' THEN m.reference IS NULL
                OR (m.reserved, m.committed, m.voided, m.posted) IN ((a.once, 0, a.once, 0))
            ELSE (m.reserved, m.committed, m.voided, m.posted) IN ((a.once, 0, 0, 0))
        END OR m.reference IS NULL AND a.state <> 'ABORTED'""",
    ),
    Invariant(
        "I10",
        "each transfer has an answer for its payer, and never two that differ",
        """
        SELECT order_key, 'told both committed and aborted' FROM outbox WHERE kind IN ('committed', 'aborted')
        GROUP BY order_key HAVING count(DISTINCT kind) > 1
        UNION ALL
        SELECT t.id, t.state || ', but ' || t.payer || ' was never told' FROM transfers t
        JOIN transfer_history h ON h.transfer_id = t.id AND h.number = t.history
        WHERE t.state IN ('COMMITTED', 'ABORTED') AND NOT EXISTS (
            -- of a payment that was initiated its initiation hears, and tells
            SELECT FROM outbox o WHERE o.order_key IN (t.id, t.determines, t."group") AND (o.receiver = t.payer
            AND o.kind IN ('committed', 'aborted', 'stated', 'refused', 'fulfilled', 'bulk_ended', 'bulk_aborted')
            OR o.receiver = '@initiation' AND o.kind = 'handed'))
            -- of a bulk its payer hears when the last item is decided
            AND NOT EXISTS (SELECT FROM transfers u
                            WHERE u."group" = t."group" AND u.state IN ('RESERVED', 'FULFILLED_WAITING'))
        UNION ALL
        SELECT t.id, t.state || ', told ' || o.kind FROM transfers t JOIN outbox o ON o.order_key = t.id
        WHERE t.state = 'COMMITTED' AND o.kind = 'aborted' OR t.state = 'ABORTED' AND o.kind = 'committed'""",
    ),
    Invariant(
        "I11",
        "a conversion ends as the transfer it was made for, in the same moment",
        """
        SELECT c.id, c.state || ', its transfer ' || c.determines || ' is ' || coalesce(t.state, 'not there')
        FROM transfers c JOIN records r ON r.kind = 'conversions' AND r.key = c.determines
        CROSS JOIN LATERAL json_array_elements(r.body -> 'members') AS m(value)
        LEFT JOIN transfers t ON t.id = c.determines
        WHERE m.value ->> 'id' = c.id AND (
            c.state = 'COMMITTED' AND t.state IS DISTINCT FROM 'COMMITTED'
            OR c.state IN ('RESERVED', 'FULFILLED_WAITING') AND t.state IN ('COMMITTED', 'ABORTED')
               AND c.payer = CASE m.value ->> 'side' WHEN 'payee' THEN t.payee ELSE t.payer END
        )
        UNION ALL
        SELECT c.id, 'ended with its transfer, but at ' || h.at || ', not at ' || g.at
        FROM transfers c JOIN transfers t ON t.id = c.determines AND c.state = 'COMMITTED'
        JOIN transfer_history h ON h.transfer_id = c.id AND h.number = c.history
        JOIN transfer_history g ON g.transfer_id = t.id AND g.number = t.history
        WHERE h.at <> g.at""",
    ),
    Invariant(
        "I12",
        "a bulk says of each item what its transfer says, and is over when every item is decided",
        """
        WITH items AS (
            SELECT b.key AS bulk, b.open, i.value ->> 'transfer_id' AS id, i.value ->> 'refused' IS NOT NULL AS refused,
                   CASE WHEN i.value ->> 'fulfilment' IS NOT NULL THEN 'COMMITTED'
                        WHEN i.value ->> 'fault' IS NOT NULL THEN 'ABORTED' ELSE 'RESERVED' END AS said
            FROM records b CROSS JOIN LATERAL json_array_elements(b.body -> 'items') AS i(value) WHERE b.kind = 'bulk'
        )
        SELECT i.bulk, i.id || ' is told as ' || i.said || ', is ' || coalesce(t.state, 'not there')
        FROM items i LEFT JOIN transfers t ON t.id = i.id AND t."group" = i.bulk
        WHERE NOT i.refused AND t.state IS DISTINCT FROM i.said
        UNION ALL
        SELECT bulk, CASE WHEN open THEN 'open, and all items are decided' ELSE 'over, and an item is not decided' END
        FROM items GROUP BY bulk, open HAVING open <> bool_or(said = 'RESERVED')
        UNION ALL
        SELECT t."group", t.id || ' is no item of it' FROM transfers t
        WHERE t."group" IS NOT NULL AND NOT EXISTS (SELECT FROM items i WHERE i.bulk = t."group" AND i.id = t.id)""",
    ),
    Invariant(*ORDERS),
    Invariant(
        "S1",
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
        AND (phase NOT IN ('commit', 'post') OR split_part(reference, ' ', 1) NOT IN ('gross', 'interchange', 'scheme-fee')
             AND NOT EXISTS (SELECT FROM transfers t WHERE t.id = e.reference))
        UNION ALL
        SELECT reference, 'in window ' || window_id || ', which is not open yet' FROM entries
        WHERE window_id > (SELECT coalesce(max((body ->> 'window')::bigint), 1) FROM records WHERE kind = 'cycle')""",
    ),
    Invariant(
        "S2",
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
        "S3",
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
    Invariant(
        "I14",
        "no event waits more than five seconds for its first attempt, unless its receiver is away",
        """
        WITH open AS (SELECT o.lane, o.seq, kind, receiver, u.created, attempts
                      FROM undelivered u JOIN outbox o USING (lane, seq))
        SELECT o.lane || ':' || o.seq, o.kind || ' for ' || o.receiver || ' since ' || o.created FROM open o
        WHERE o.attempts = 0 AND o.created < clock_timestamp() - interval '5 seconds'
          AND NOT EXISTS (SELECT FROM open tried WHERE tried.receiver = o.receiver AND tried.attempts > 0)""",
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
