"""What must hold of messages of many payments."""

from typing import Final

from switch.invariants.shape import Invariant

PAYMENTS: Final = (
    Invariant(
        "G1",
        "a message of many payments is reported when each has ended, and its tally forgets none that has not",
        # The tally may be ahead of what it counts: an end that another lane found is on its way to it.
        """
        WITH items AS (
            SELECT g.key, g.open, p.value ->> 'transfer_id' AS id
            FROM records g CROSS JOIN LATERAL json_array_elements(g.body -> 'payments') AS p(value)
            WHERE g.kind = 'payment_group' AND p.value ->> 'fault' IS NULL
        ), unended AS (
            SELECT DISTINCT i.key, i.open, i.id FROM items i LEFT JOIN transfers t ON t.id = i.id
            LEFT JOIN records j ON j.kind = 'journey' AND j.key = i.id AND j.body ->> 'state' = 'REFUSED'
            WHERE j.key IS NULL AND coalesce(t.state, '') NOT IN ('COMMITTED', 'ABORTED')
        )
        SELECT key, 'reported, but payment ' || id || ' has not ended' FROM unended WHERE NOT open
        UNION ALL
        SELECT u.key, 'waits for ' || coalesce(t.body ->> 'left', 'no') || ' payments, ' || count(*)
               || ' have not ended'
        FROM unended u LEFT JOIN records t ON t.kind = 'payment_tally' AND t.key = u.key
        WHERE u.open GROUP BY u.key, t.body ->> 'left'
        HAVING coalesce((t.body ->> 'left')::int, 0) < count(*)
        UNION ALL
        SELECT t."group", t.id || ' is no payment of it' FROM transfers t
        WHERE t."group" LIKE 'message:%'
        AND NOT EXISTS (SELECT FROM items i WHERE i.key = t."group" AND i.id = t.id)""",
    ),
)
