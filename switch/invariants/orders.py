"""What must hold of orders and requests."""

from typing import Final

from switch.invariants.shape import Invariant

ORDERS: Final = (
    Invariant(
        "O1",
        "an initiation counts its transactions right, says of each what its payment says, and a request is paid once",
        """
        WITH items AS (
            SELECT key, regexp_replace(key, '/[0-9]+$', '') AS initiation, body ->> 'state' AS state,
                   body -> 'payment' ->> 'transfer_id' AS id
            FROM records WHERE kind = 'initiated_item'
        )
        SELECT i.key, i.state || ', but payment ' || i.id || ' is ' || coalesce(t.state, 'not there')
        FROM items i LEFT JOIN transfers t ON t.id = i.id
        WHERE i.state = 'SETTLED' AND t.state IS DISTINCT FROM 'COMMITTED'
        UNION ALL
        SELECT h.key, 'says ' || coalesce(h.body ->> 'settled', '0') || ' settled, there are ' || count(i.key)
        FROM records h LEFT JOIN items i ON i.initiation = h.key AND i.state = 'SETTLED'
        WHERE h.kind = 'initiation' GROUP BY h.key, h.body ->> 'settled'
        HAVING count(i.key) <> coalesce((h.body ->> 'settled')::bigint, 0)
        UNION ALL
        SELECT r.key, 'paid by ' || (r.body ->> 'paid_by') || ', which is ' || coalesce(t.state, 'not there')
        FROM records r LEFT JOIN transfers t ON t.id = r.body ->> 'paid_by'
        WHERE r.kind = 'pay_request' AND r.body ->> 'state' = 'PAID' AND t.state IS DISTINCT FROM 'COMMITTED'""",
    ),
)
