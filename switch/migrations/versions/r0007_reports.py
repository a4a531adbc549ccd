"""Reports read entries and payments of a time: indexes that cost an insert nothing, since both come in that order."""

from alembic import op

revision = "0007"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both."""
    op.execute("CREATE INDEX entries_at ON entries USING brin (at) WITH (autosummarize = on)")
    op.execute("CREATE INDEX transfers_created ON transfers USING brin (created) WITH (autosummarize = on)")


def downgrade() -> None:
    """Take both away."""
    op.execute("DROP INDEX entries_at, transfers_created")
