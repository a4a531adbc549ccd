"""What must hold of accounts and their entries."""

from typing import Final

from switch.invariants.shape import Invariant

LEDGER: Final = (
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
        "the accounts of each currency sum to zero, and money comes and goes by recorded funds alone",
        """
        SELECT currency, sum(debits_posted - credits_posted) || ' posted, '
               || sum(debits_pending - credits_pending) || ' pending'
        FROM accounts GROUP BY currency
        HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)
        UNION ALL
        SELECT coalesce(f.key, m.reference), 'moved ' || coalesce(m.units, 0) || ', its record says '
               || coalesce(f.units, 0)
        FROM (
            SELECT key, (body ->> 'account')::bigint AS account, CASE WHEN body ->> 'state' <> 'COMMITTED' THEN 0
                   WHEN body ->> 'direction' = 'IN' THEN (body -> 'amount' ->> 'units')::numeric
                   ELSE -(body -> 'amount' ->> 'units')::numeric END AS units
            FROM records WHERE kind = 'funds'
        ) f FULL JOIN (
            SELECT e.reference, a.paired AS account, sum(e.debits_posted - e.credits_posted) AS units
            FROM entries e JOIN (
                SELECT h.id, s.id AS paired FROM accounts h JOIN accounts s USING (currency)
                WHERE h.type = 'HUB_RECONCILIATION' AND s.id <> h.id
            ) a ON a.id = e.account
            JOIN entries o ON o.reference = e.reference AND o.account = a.paired AND o.phase = e.phase
            WHERE e.reference NOT LIKE 'deposit %' AND e.reference NOT LIKE 'late %'
            GROUP BY e.reference, a.paired
        ) m ON m.reference = f.key AND m.account = f.account
        WHERE coalesce(f.units, 0) <> coalesce(m.units, 0)""",
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
        "L1",
        "a cap that is a share of the deposit is that share, or a lower one of the participant's own, or cut to zero",
        """
        SELECT 'account ' || p.id, 'cap ' || coalesce(p.cap::text, 'none') || ', ' || share.percent || ' % of '
               || -s.value
        FROM (
            SELECT key, (body ->> 'account')::bigint AS account, (body ->> 'percent')::numeric AS percent
            FROM records WHERE kind = 'cap_share' AND open
        ) share JOIN accounts p ON p.id = share.account
        JOIN (
            SELECT owner, currency, debits_posted + debits_pending - credits_posted AS value FROM accounts
            WHERE type = 'SETTLEMENT'
        ) s ON s.owner = p.owner AND s.currency = p.currency
        LEFT JOIN records own ON own.kind = 'own_limit' AND own.key = share.key AND own.body -> 'over' IS NULL
        LEFT JOIN records cut ON cut.kind = 'cap_cut' AND cut.key = share.key AND cut.open
        WHERE p.cap IS DISTINCT FROM least(div(greatest(-s.value, 0) * share.percent, 100),
                                           (own.body ->> 'chosen')::numeric)
          AND NOT (cut.key IS NOT NULL AND p.cap = 0)""",
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
            UNION ALL
            SELECT 'late ' || (body ->> 'of') || ' ' || key || ' back', body ->> 'currency',
                   (body ->> 'units')::numeric FROM records
            WHERE kind = 'late_booking' AND coalesce(body ->> 'state', 'OPEN') IN ('OPEN', 'RETURNING')
                  AND body -> 'debit' IS NOT NULL AND body -> 'credit' IS NOT NULL
        ) o ON o.reference = e.reference AND o.currency = e.currency
        WHERE e.units IS DISTINCT FROM o.units""",
    ),
    Invariant(
        "I15",
        "each booking has the record that explains it, of the same moment",
        """
        WITH booked AS (
            SELECT DISTINCT reference, split_part(reference, ' ', 1) AS word, split_part(reference, ' ', 2) AS what
            FROM entries
        )
        SELECT reference, 'no record explains it' FROM booked
        LEFT JOIN transfers t ON t.id = CASE WHEN word IN ('gross', 'interchange', 'scheme-fee') THEN what
                                             ELSE reference END
        LEFT JOIN records s ON s.kind = 'settlement' AND word IN ('settlement', 'deposit')
                           AND s.key = split_part(what, '/', 1)
        LEFT JOIN records f ON f.kind = 'funds' AND f.key = reference
                           OR word = 'late' AND f.kind = 'late_booking' AND f.key = split_part(reference, ' ', 3)
        LEFT JOIN (SELECT DISTINCT owner FROM accounts) o ON word = 'opening' AND o.owner = what
        WHERE t.id IS NULL AND s.key IS NULL AND f.key IS NULL AND o.owner IS NULL
        UNION ALL
        SELECT e.reference, e.phase || ' at ' || e.at || ', its history says ' || h.at
        FROM entries e JOIN transfer_history h ON h.transfer_id = e.reference
         AND h.state = CASE e.phase WHEN 'void' THEN 'ABORTED' WHEN 'reserve' THEN 'RESERVED' ELSE 'COMMITTED' END
        WHERE e.at <> h.at""",
    ),
)
