"""What must hold of transfers, conversions and bulks."""

from typing import Final

from switch.invariants.shape import Invariant

TRANSFERS: Final = (
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
            SELECT transfer_id, number, state, row_number() OVER w AS place, coalesce(lag(state) OVER w, '') AS before,
                   lead(number) OVER w IS NULL AS last
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
        FROM transfers t LEFT JOIN path h ON h.transfer_id = t.id AND h.last
        WHERE (t.state, t.history) IS DISTINCT FROM (h.state, h.number)""",
    ),
    Invariant(
        "I8",
        "a committed transfer has its preimage or a bank's acceptance, and was accepted in time",
        # A condition of zeros is that of a packet without one, which a lenient scheme lets the payee's word commit.
        """
        SELECT id, CASE WHEN condition IS NULL THEN 'no bank accepted it' ELSE 'the fulfilment does not fit' END
        FROM transfers WHERE state = 'COMMITTED' AND CASE
            WHEN condition IS NULL THEN iso_status IS NULL
            WHEN condition = repeat('A', 43) THEN false
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
        ), alone AS (
            SELECT DISTINCT r.key FROM records r CROSS JOIN LATERAL json_array_elements(r.body -> 'members') AS m(value)
            WHERE r.kind = 'conversions' AND m.value ->> 'side' = 'alone'
        ), converted AS (
            SELECT DISTINCT determines FROM transfers WHERE determines IS NOT NULL AND state = 'COMMITTED'
        ), allowed AS (
            SELECT t.id, t.state, CASE WHEN a.key IS NULL THEN 2 ELSE 4 END AS once,
                   c.determines IS NOT NULL AS converted
            FROM transfers t LEFT JOIN alone a ON a.key = t.id LEFT JOIN converted c ON c.determines = t.id
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
        "I11",
        "a conversion ends as its transfer, in the same moment, and moves its provider by the amounts agreed",
        # Of the two legs one is booked with the conversion, the other with the transfer it was made for.
        """
        WITH agreed AS (
            SELECT r.key, c.payee AS owner, leg.currency, leg.units, leg.reference
            FROM records r CROSS JOIN LATERAL json_array_elements(r.body -> 'members') AS m(value)
            JOIN transfers c ON c.id = m.value ->> 'id' AND c.state = 'COMMITTED' AND c.payee <> c.payer
            CROSS JOIN LATERAL (VALUES
                (m.value -> 'source' ->> 'currency', (m.value -> 'source' ->> 'units')::numeric,
                 CASE m.value ->> 'side' WHEN 'payee' THEN r.key ELSE c.id END),
                (m.value -> 'target' ->> 'currency', -(m.value -> 'target' ->> 'units')::numeric,
                 CASE m.value ->> 'side' WHEN 'payer' THEN r.key ELSE c.id END)
            ) AS leg(currency, units, reference)
            WHERE r.kind = 'conversions' AND NOT EXISTS (
                SELECT FROM transfers t WHERE t.id = r.key AND t.id <> c.id AND c.payee IN (t.payer, t.payee))
        )
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
        WHERE h.at <> g.at
        UNION ALL
        SELECT coalesce(e.key, m.key), 'provider ' || coalesce(e.owner, m.owner) || ' agreed to '
               || coalesce(e.units, 0) || ' ' || coalesce(e.currency, m.currency) || ', moved by '
               || coalesce(m.units, 0)
        FROM (
            SELECT key, owner, currency, sum(units) AS units FROM agreed GROUP BY key, owner, currency
        ) e FULL JOIN (
            SELECT a.key, p.owner, p.currency, sum(x.credits_posted - x.debits_posted) AS units
            FROM (SELECT DISTINCT key, owner, reference FROM agreed) a
            JOIN accounts p ON p.owner = a.owner AND p.type = 'POSITION'
            JOIN entries x ON x.account = p.id AND x.reference = a.reference
            GROUP BY a.key, p.owner, p.currency
        ) m USING (key, owner, currency) WHERE coalesce(e.units, 0) <> coalesce(m.units, 0)""",
    ),
    Invariant(
        "T1",
        "no more of a payment is given back than was paid, and each return is counted as it stands",
        """
        WITH parts AS (
            SELECT r.key, p.value ->> 'id' AS id, (p.value ->> 'units')::numeric AS units, p.value ->> 'state' AS said
            FROM records r CROSS JOIN LATERAL json_array_elements(r.body -> 'parts') AS p(value)
            WHERE r.kind = 'returns'
        )
        SELECT p.key, 'gave back ' || sum(p.units) || ' of ' || coalesce(t.units, 0) || ' units'
        FROM parts p LEFT JOIN transfers t ON t.id = p.key AND t.state = 'COMMITTED'
        WHERE p.said <> 'VOID' GROUP BY p.key, t.units HAVING sum(p.units) > coalesce(t.units, 0)
        UNION ALL
        SELECT p.key, p.id || ' is counted as ' || p.said || ' with ' || p.units || ' units, is '
               || coalesce(t.state || ' with ' || t.units, 'not there')
        FROM parts p LEFT JOIN transfers t ON t.id = p.id
        WHERE t.units IS DISTINCT FROM p.units OR p.said <> CASE t.state
              WHEN 'COMMITTED' THEN 'DONE' WHEN 'ABORTED' THEN 'VOID' ELSE 'PENDING' END""",
    ),
    Invariant(
        "B1",
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
        WHERE t."group" NOT LIKE 'message:%'
        AND NOT EXISTS (SELECT FROM items i WHERE i.bulk = t."group" AND i.id = t.id)""",
    ),
)
