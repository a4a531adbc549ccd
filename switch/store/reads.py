"""The statements that read, and what they read into. Placeholders are PostgreSQL's own (`$1`)."""

import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from schemas.canonical.conversion import Conversions
from schemas.canonical.identity import FspId
from schemas.canonical.outcome import Stored
from schemas.canonical.participants import AccountType, LedgerAccount, RegistryEntry
from schemas.canonical.transfer import Transfer
from switch.state import InboxEntry, RecordKey
from switch.store import codec
from switch.store.kinds import NAMES
from switch.store.packing import texts
from switch.store.port import Loaded

_NOW, _TRANSFER, _RECORD, _INBOX = range(4)

TAKE: Final = """
INSERT INTO lanes AS l (lane, epoch, seq, owner, clock, taken)
VALUES ($1, 1, 0, $2, clock_timestamp(), clock_timestamp())
ON CONFLICT (lane) DO UPDATE SET epoch = l.epoch + 1, owner = $2, taken = clock_timestamp()
RETURNING epoch, seq"""
TAKE_AGAIN: Final = """
UPDATE lanes SET epoch = epoch + 1, owner = $2, taken = clock_timestamp() WHERE lane = $1 AND epoch = $3
RETURNING epoch, seq"""

# One round trip: the clock, transfers, records by key, the registry by prefix, the inbox, and conversions: their
# register by the transfer they wait for or by one of them, with every transfer that it ties together. The first part
# and those of the others that are asked for: what a batch does not read costs it nothing.
_CLOCK: Final = """
SELECT 0, greatest(clock_timestamp(), (SELECT clock FROM lanes WHERE lane = $1)),
       NULL::text, NULL::text, NULL::text, NULL::bytea"""
_PARTS: Final[tuple[tuple[int, str], ...]] = (
    (1, """
SELECT 1, NULL, NULL, NULL, NULL, body FROM transfers WHERE id = ANY ({0}::text[])"""),
    (2, """
SELECT 2, NULL, NULL, NULL, r.body::text, NULL
FROM unnest({0}::text[], {1}::text[]) AS k(kind, key) JOIN records r ON r.kind = k.kind AND r.key = k.key"""),
    (2, """
SELECT 2, NULL, NULL, NULL, r.body::text, NULL
FROM unnest({0}::text[], {1}::text[]) AS p(low, high) JOIN records r
ON r.kind = 'registry' AND r.key >= p.low AND r.key < p.high"""),
    (2, """
SELECT 3, NULL, i.sender, i.message_id, i.reference, i.content_hash
FROM unnest({0}::text[], {1}::text[]) AS m(sender, id) JOIN inbox i ON i.sender = m.sender AND i.message_id = m.id"""),
    (1, """
SELECT 2, NULL, NULL, NULL, r.body::text, NULL
FROM unnest({0}::text[]) AS c(id) LEFT JOIN transfers t ON t.id = c.id
JOIN records r ON r.kind = 'conversions' AND r.key = coalesce(t.determines, c.id)
UNION ALL
SELECT 1, NULL, NULL, NULL, NULL, o.body
FROM unnest({0}::text[]) AS c(id) LEFT JOIN transfers t ON t.id = c.id
JOIN records r ON r.kind = 'conversions' AND r.key = coalesce(t.determines, c.id)
CROSS JOIN LATERAL (
    SELECT r.key AS id UNION SELECT m.value ->> 'id' FROM json_array_elements(r.body -> 'members') AS m(value)
) AS tied JOIN transfers o ON o.id = tied.id"""),
)  # fmt: skip
"""How many arrays a part needs, and what it reads by them."""

ACCOUNTS: Final = """
SELECT id, owner, type, currency, active, debits_pending, debits_posted, credits_pending, credits_posted, cap, alarm,
       changed, created
FROM accounts ORDER BY id"""
RECORDS: Final = "SELECT body::text FROM records WHERE kind = $1 ORDER BY key"
RESIDENT: Final = """
SELECT body::text FROM records WHERE open AND (kind = ANY ($1::text[]) OR kind = ANY ($2::text[]) AND lane = $3)
ORDER BY kind, key"""
OPEN_OF_PAYEE: Final = """
SELECT body FROM transfers WHERE state IN ('RESERVED', 'FULFILLED_WAITING') AND payee = $1"""
CALLED: Final = """
SELECT body FROM transfers WHERE (payer = $1 OR payee = $1) AND id = ANY (ARRAY(
    SELECT transfer_id FROM payment_references WHERE reference = ANY ($2::text[]) LIMIT $3))"""
OPEN_TRANSFERS: Final = """
SELECT expiry, id, state = 'FULFILLED_WAITING' FROM transfers WHERE state IN ('RESERVED', 'FULFILLED_WAITING')"""
TRANSFER: Final = "SELECT body FROM transfers WHERE id = $1"

OPEN_ROWS: Final = """
SELECT lane, seq, o.body, u.created, u.attempts FROM undelivered u JOIN outbox o USING (lane, seq)
WHERE (lane, seq) > ($1, $2) AND u.created <= clock_timestamp() - make_interval(secs => $3)
ORDER BY lane, seq LIMIT $4"""
OPEN_OF_RECEIVER: Final = """
SELECT lane, seq, o.body, u.created, u.attempts FROM undelivered u JOIN outbox o USING (lane, seq)
WHERE u.receiver = $1 ORDER BY u.created, u.lane, u.seq LIMIT $2"""
BACKLOG: Final = """
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(created)), 0)::float8 FROM undelivered"""
STILL_OPEN: Final = """
SELECT u.lane, u.seq FROM unnest($1::text[], $2::bigint[]) AS k(lane, seq)
JOIN undelivered u ON u.lane = k.lane AND u.seq = k.seq"""
FAILED: Final = """
UPDATE undelivered SET attempts = attempts + 1, reason = $3 WHERE lane = $1 AND seq = $2"""
# A mark counts once, and so does the copy of what was sent.
DELIVERED: Final = """
WITH marks AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[],
                         $8::text[], $9::text[], $10::text[], $11::text[], $12::bytea[])
    AS m(lane, seq, parked, participant, digest, message_id, reference, dialect, method, target, headers, body)
), done AS (
    DELETE FROM undelivered u USING marks m WHERE u.lane = m.lane AND u.seq = m.seq RETURNING u.lane, u.seq
), given_up AS (
    UPDATE outbox o SET parked = m.parked FROM marks m JOIN done USING (lane, seq)
    WHERE m.parked IS NOT NULL AND o.lane = m.lane AND o.seq = m.seq
)
INSERT INTO archive (at, digest, sent, participant, message_id, reference, dialect, method, target, headers, body)
SELECT clock_timestamp(), m.digest, true, m.participant, m.message_id, m.reference, m.dialect, m.method, m.target,
       m.headers, m.body
FROM marks m JOIN done USING (lane, seq) WHERE m.digest IS NOT NULL"""
# Every leg of a window is in the tables once the close is: one owner writes both, in their order.
NETS: Final = """
SELECT account, sum(debits_posted - credits_posted) FROM entries WHERE window_id = $1::bigint
GROUP BY account ORDER BY account"""
# The window first: where references come in the order of time, the planner would walk through all there ever were.
FLOWS: Final = """
WITH held AS MATERIALIZED (
    SELECT reference, currency, account, debits_posted, credits_posted FROM entries WHERE window_id = $1::bigint
)
SELECT debtor, creditor, sum(units) FROM (
    SELECT max(account) FILTER (WHERE debits_posted > 0) AS debtor,
           max(account) FILTER (WHERE credits_posted > 0) AS creditor, sum(debits_posted) AS units
    FROM held GROUP BY reference, currency
) AS legs GROUP BY debtor, creditor ORDER BY debtor, creditor"""
RECORD: Final = "SELECT body::text FROM records WHERE kind = $1 AND key = $2"
PARK: Final = """
INSERT INTO parked (lane, at, reference, parcel, trace) VALUES ($1, clock_timestamp(), $2, $3, $4)"""

STATUS: Final = """
SELECT i.reference, a.at, encode(a.digest, 'hex'), a.target, i.content_hash,
       (SELECT r.body::text FROM records r WHERE r.kind = 'journey' AND r.key = i.reference)
FROM inbox i
JOIN archive a ON a.reference = i.reference AND a.participant = i.sender AND a.message_id = i.message_id
WHERE i.sender = $1 AND i.message_id = $2 AND NOT a.sent ORDER BY a.at LIMIT 1"""
ANSWERS: Final = """
SELECT message_id, target, encode(digest, 'hex'), at FROM archive
WHERE reference = $1 AND participant = $2 AND sent ORDER BY at"""
ARCHIVED: Final = """
SELECT dialect, method, target, headers, body FROM archive
WHERE digest = $1 AND body IS NOT NULL ORDER BY at LIMIT 1"""
BODIES: Final = """
SELECT DISTINCT ON (digest) encode(digest, 'hex'), body FROM archive
WHERE digest = ANY ($1::bytea[]) AND body IS NOT NULL ORDER BY digest, at"""


def load(lane: str, keys: Sequence[RecordKey], messages: Sequence[tuple[str, str]]) -> tuple[str, list[Any]]:
    """The statement that reads these, and its parameters; each key once."""
    by_key: list[str] = []
    kinds: list[str] = []
    small: list[str] = []
    prefixes: list[str] = []
    tied: list[str] = []
    for kind, key in dict.fromkeys(keys):
        if kind is Transfer:
            by_key.append(key)
        elif kind is Conversions:
            tied.append(key)
        elif kind is RegistryEntry:
            prefixes.append(key)
        elif kind is not LedgerAccount:
            kinds.append(NAMES[kind])
            small.append(key)
    asked = list(dict.fromkeys(messages))
    arrays = (
        (by_key,),
        (kinds, small),
        (prefixes, [_after(prefix) for prefix in prefixes]),
        ([sender for sender, _ in asked], [message for _, message in asked]),
        (tied,),
    )
    parameters = [texts(array) for some in arrays if some[0] for array in some]
    return _load(tuple(bool(some[0]) for some in arrays)), [lane, *parameters]


@cache
def _load(wanted: tuple[bool, ...]) -> str:
    """The statement with these of the parts."""
    parts, first = [_CLOCK], 2
    for number, text in itertools.compress(_PARTS, wanted):
        parts.append(text.format(*(f"${first + n}" for n in range(number))))
        first += number
    return "\nUNION ALL".join(parts)


def _after(prefix: str) -> str:
    """The least text above everything that begins with the prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def loaded(rows: Sequence[tuple[Any, ...]]) -> Loaded:
    """What LOAD gave."""
    records: list[Stored] = []
    inbox: list[InboxEntry] = []
    now = None
    for what, at, first, second, text, body in rows:
        if what == _TRANSFER:
            records.append(codec.transfer(body))
        elif what == _RECORD:
            records.append(codec.record(text))
        elif what == _INBOX:
            inbox.append(InboxEntry(first, second, body, text))
        else:
            now = at
    if now is None:
        raise LookupError("the load gave no clock")
    return Loaded(now, tuple(records), tuple(inbox))


def account(row: Sequence[Any]) -> LedgerAccount:
    """One row of ACCOUNTS."""
    number, owner, kind, currency, active, *counters, cap, alarm, changed, created = row
    pending, posted, credits_pending, credits_posted = (int(counter) for counter in counters)
    return LedgerAccount(
        number, FspId(owner), AccountType(kind), currency, active, pending, posted, credits_pending, credits_posted,
        None if cap is None else int(cap), alarm, changed, created,
    )  # fmt: skip
