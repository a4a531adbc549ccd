"""By what banks call a payment besides its id, for returns and status requests that give nothing else."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; payments of before are found by their ids only."""
    op.execute(
        'CREATE TABLE payment_references (reference text COLLATE "C" NOT NULL, transfer_id text COLLATE "C" NOT NULL)'
    )
    op.execute("CREATE INDEX payment_references_reference ON payment_references (reference)")


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP TABLE payment_references")
