"""What functions need: their effects, cards with buttons, project profiles, confirmed addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "effects",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("step", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("begun_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "turn", "function", "ordinal", "step", name="pk_effects"),
    )
    op.create_index("ix_effects_begun_at", "effects", ["begun_at"])
    op.create_table(
        "cards",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.BigInteger(), nullable=False),
        sa.Column("function", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("once", sa.Boolean(), nullable=False),
        sa.Column("message", sa.BigInteger()),
        sa.Column("answered_by", sa.Text()),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "token", name="pk_cards"),
    )
    op.create_index("ix_cards_made_at", "cards", ["made_at"])
    op.create_table(
        "profiles",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("chat", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("topic", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "chat", "topic", name="pk_profiles"),
    )
    op.create_table(
        "addresses",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("user", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "user", "address", name="pk_addresses"),
    )
