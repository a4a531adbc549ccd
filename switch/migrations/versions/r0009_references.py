"""What messages of the archive can be found by, and how far the archive has been read for it."""

from alembic import op

revision = "0009"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE message_references (
    key text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    digest bytea NOT NULL,
    PRIMARY KEY (key, value, at, digest)
);
CREATE TABLE librarian (
    read_until timestamptz NOT NULL
);
CREATE UNIQUE INDEX librarian_alone ON librarian ((true));
INSERT INTO librarian VALUES ('epoch');
CREATE INDEX archive_at ON archive USING brin (at) WITH (pages_per_range = 32);
"""


def upgrade() -> None:
    """Add them."""
    op.execute(_TABLES)


def downgrade() -> None:
    """Take them away; they can be made again from the archive."""
    op.execute("DROP INDEX archive_at; DROP TABLE librarian, message_references")
