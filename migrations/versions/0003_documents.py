"""Documents that people dictated: themselves, their revisions, the numbers they were given."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chat", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("date", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("lemmas", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.Text()),
        sa.Column("card", sa.Text()),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.Column("deleted_at", sa.Double()),
        sa.Column("deleted_by", sa.BigInteger()),
        sa.PrimaryKeyConstraint("bot", "id", name="pk_documents"),
    )
    op.create_index("ix_documents_place", "documents", ["bot", "chat", "topic", "made_at"])
    op.create_index("ix_documents_cause", "documents", ["bot", "cause"], unique=True)
    op.create_table(
        "revisions",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text()),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["bot", "document"], ["documents.bot", "documents.id"], name="fk_revisions"),
        sa.PrimaryKeyConstraint("bot", "document", "number", name="pk_revisions"),
    )
    op.create_table(
        "number_series",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("chat", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("topic", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "chat", "topic", "kind", "prefix", name="pk_number_series"),
    )
