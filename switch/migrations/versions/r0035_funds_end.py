"""Funds that have ended are not open: what still is kept at hand is only what may come to its end."""

from alembic import op

revision = "0035"
down_revision = "0030"
branch_labels = None
depends_on = None

_ENDED = "UPDATE records SET open = false WHERE kind = 'funds' AND body ->> 'state' <> 'RESERVED' AND open"
_AS_BEFORE = "UPDATE records SET open = true WHERE kind = 'funds' AND NOT open"


def upgrade() -> None:
    """Close them."""
    op.execute(_ENDED)


def downgrade() -> None:
    """Open them: older hubs did not tell them apart."""
    op.execute(_AS_BEFORE)
