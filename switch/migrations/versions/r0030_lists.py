"""Undelivered rows by their receiver, for banks that fetch; cases by what operators look for them by."""

from alembic import op

revision = "0030"
down_revision = "0007"
branch_labels = None
depends_on = None

_STATEMENTS = """
ALTER TABLE undelivered ADD COLUMN receiver text;
UPDATE undelivered u SET receiver = o.receiver FROM outbox o
WHERE o.lane = u.lane AND o.seq = u.seq AND o.receiver NOT LIKE '@%';
CREATE INDEX undelivered_receiver ON undelivered (receiver, created, lane, seq) WHERE receiver IS NOT NULL;
CREATE INDEX records_case_opened ON records (rtrim(body ->> 'opened', 'Z') COLLATE "C", key) WHERE kind = 'case';
CREATE INDEX records_case_asker ON records ((body ->> 'asker')) WHERE kind = 'case';
CREATE INDEX records_case_answerer ON records ((body ->> 'answerer')) WHERE kind = 'case';
CREATE INDEX records_case_payment ON records ((body ->> 'payment')) WHERE kind = 'case';
"""


def upgrade() -> None:
    """Add them."""
    op.execute(_STATEMENTS)


def downgrade() -> None:
    """Take them away."""
    op.execute(
        "DROP INDEX records_case_opened, records_case_asker, records_case_answerer, records_case_payment;"
        "ALTER TABLE undelivered DROP COLUMN receiver"
    )
