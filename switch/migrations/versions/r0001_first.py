"""The first tables: lanes, ledger, transfers, inbox, records, outbox, archive."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_INBOX_PARTITIONS = 8

# A row of a payment stays whole in its page (toast_tuple_target): moving a body of two kilobytes out of it costs a
# second table and index. Digests are random and only ever looked up, for which a hash index is the cheapest to fill.
_TABLES = """
CREATE TABLE lanes (
    lane text COLLATE "C" PRIMARY KEY,
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    owner text NOT NULL,
    clock timestamptz NOT NULL,
    taken timestamptz NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE accounts (
    id bigint PRIMARY KEY,
    owner text NOT NULL,
    type text NOT NULL,
    currency text NOT NULL,
    active boolean NOT NULL,
    debits_pending numeric(24, 0) NOT NULL CONSTRAINT accounts_debits_pending CHECK (debits_pending >= 0),
    debits_posted numeric(24, 0) NOT NULL CONSTRAINT accounts_debits_posted CHECK (debits_posted >= 0),
    credits_pending numeric(24, 0) NOT NULL CONSTRAINT accounts_credits_pending CHECK (credits_pending >= 0),
    credits_posted numeric(24, 0) NOT NULL CONSTRAINT accounts_credits_posted CHECK (credits_posted >= 0),
    cap numeric(24, 0),
    alarm text NOT NULL,
    changed timestamptz,
    created timestamptz,
    CONSTRAINT accounts_owner_type_currency UNIQUE (owner, type, currency)
) WITH (fillfactor = 40);

CREATE TABLE entries (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 256),
    reference text COLLATE "C" NOT NULL,
    phase text NOT NULL,
    account bigint NOT NULL,
    currency text NOT NULL,
    debits_pending numeric(24, 0) NOT NULL,
    debits_posted numeric(24, 0) NOT NULL,
    credits_pending numeric(24, 0) NOT NULL,
    credits_posted numeric(24, 0) NOT NULL,
    value numeric(24, 0) NOT NULL,
    at timestamptz NOT NULL,
    cap numeric(24, 0),
    cover numeric(24, 0),
    PRIMARY KEY (account, id)
);
CREATE INDEX entries_reference ON entries (reference);

CREATE TABLE transfers (
    id text COLLATE "C" PRIMARY KEY,
    payer text NOT NULL,
    payee text NOT NULL,
    currency text NOT NULL,
    units numeric(24, 0) NOT NULL,
    state text NOT NULL,
    expiry timestamptz NOT NULL,
    condition text,
    fulfilment text,
    prepare_hash bytea NOT NULL,
    answer_hash bytea,
    history integer NOT NULL,
    fault text,
    answered text,
    iso_status text,
    determines text,
    "group" text,
    created timestamptz NOT NULL,
    completed timestamptz,
    body bytea NOT NULL
) WITH (fillfactor = 60, toast_tuple_target = 8160);
CREATE INDEX transfers_open ON transfers (expiry) WHERE state IN ('RESERVED', 'FULFILLED_WAITING');

CREATE TABLE transfer_history (
    transfer_id text COLLATE "C" NOT NULL,
    number integer NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (transfer_id, number)
);

CREATE TABLE inbox (
    sender text COLLATE "C" NOT NULL,
    message_id text COLLATE "C" NOT NULL,
    content_hash bytea NOT NULL,
    reference text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (sender, message_id)
) PARTITION BY HASH (sender, message_id);

CREATE TABLE records (
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    lane text NOT NULL,
    open boolean NOT NULL,
    body json NOT NULL,
    changed timestamptz NOT NULL,
    PRIMARY KEY (kind, key)
) WITH (fillfactor = 70);
CREATE INDEX records_open ON records (kind, lane) WHERE open;

CREATE TABLE outbox (
    lane text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    receiver text NOT NULL,
    order_key text NOT NULL,
    kind text NOT NULL,
    delivery text NOT NULL,
    until timestamptz,
    original bytea,
    body bytea NOT NULL,
    created timestamptz NOT NULL,
    parked text,
    PRIMARY KEY (lane, seq)
) WITH (toast_tuple_target = 8160);

CREATE TABLE undelivered (
    lane text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    created timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    reason text,
    PRIMARY KEY (lane, seq)
) WITH (autovacuum_vacuum_threshold = 10000, autovacuum_vacuum_scale_factor = 0);

CREATE TABLE archive (
    at timestamptz NOT NULL,
    digest bytea NOT NULL,
    sent boolean NOT NULL,
    participant text NOT NULL,
    message_id text NOT NULL,
    reference text COLLATE "C" NOT NULL,
    dialect text NOT NULL,
    method text NOT NULL,
    target text NOT NULL,
    headers text NOT NULL,
    body bytea
) PARTITION BY RANGE (at);
ALTER TABLE archive ALTER body SET STORAGE EXTERNAL;
CREATE INDEX archive_digest ON archive USING hash (digest);
CREATE INDEX archive_reference ON archive (reference);
CREATE TABLE archive_rest PARTITION OF archive DEFAULT WITH (toast_tuple_target = 8160);

CREATE TABLE parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lane text NOT NULL,
    at timestamptz NOT NULL,
    reference text NOT NULL,
    parcel bytea NOT NULL,
    trace text NOT NULL,
    closed timestamptz
);
CREATE INDEX parked_open ON parked (at DESC) WHERE closed IS NULL;
"""

_GUARDS = """
CREATE FUNCTION entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger entries are append-only';
END $$;
CREATE TRIGGER entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON entries
    FOR EACH STATEMENT EXECUTE FUNCTION entries_stay();

CREATE FUNCTION entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unbalanced text;
BEGIN
    SELECT currency INTO unbalanced FROM fresh GROUP BY currency
        HAVING sum(debits_pending) <> sum(credits_pending) OR sum(debits_posted) <> sum(credits_posted) LIMIT 1;
    IF unbalanced IS NOT NULL THEN
        RAISE EXCEPTION 'ledger entries in % do not balance', unbalanced;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entries_balance AFTER INSERT ON entries REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION entries_balance();
"""

_VIEWS = """
CREATE VIEW participants AS
    SELECT key AS name, coalesce((body ->> 'active')::boolean, true) AS active,
           body -> 'iso' ->> 'bic' AS bic, body -> 'currencies' AS currencies, body, changed
    FROM records WHERE kind = 'participant';
CREATE VIEW oracles AS
    SELECT key AS id, body ->> 'type' AS type, body ->> 'url' AS url, body ->> 'currency' AS currency, body, changed
    FROM records WHERE kind = 'oracle';
CREATE VIEW registry AS
    SELECT body ->> 'party_type' AS party_type, body ->> 'identifier' AS identifier, body ->> 'sub_id' AS sub_id,
           body ->> 'currency' AS currency, body ->> 'fsp' AS fsp, open AS active, changed
    FROM records WHERE kind = 'registry';
"""


def upgrade() -> None:
    """Make everything."""
    op.execute(_TABLES)
    for number in range(_INBOX_PARTITIONS):
        op.execute(
            f"CREATE TABLE inbox_{number} PARTITION OF inbox"
            f" FOR VALUES WITH (MODULUS {_INBOX_PARTITIONS}, REMAINDER {number})"
        )
    op.execute(_GUARDS)
    op.execute(_VIEWS)


def downgrade() -> None:
    """Take everything away."""
    op.execute("DROP VIEW registry, oracles, participants")
    op.execute(
        "DROP TABLE lanes, accounts, entries, transfers, transfer_history, inbox, records, outbox, undelivered,"
        " archive, parked"
    )
    op.execute("DROP FUNCTION entries_stay, entries_balance")
