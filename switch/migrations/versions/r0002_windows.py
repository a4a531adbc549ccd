"""Settlement windows: each entry of a committed leg names the window that it was committed in."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, and the index that costs an insert nothing: windows come in the order of entries."""
    op.execute("ALTER TABLE entries ADD COLUMN window_id bigint")
    op.execute("CREATE INDEX entries_window ON entries USING brin (window_id) WITH (autosummarize = on)")


def downgrade() -> None:
    """Take both away."""
    op.execute("DROP INDEX entries_window")
    op.execute("ALTER TABLE entries DROP COLUMN window_id")
