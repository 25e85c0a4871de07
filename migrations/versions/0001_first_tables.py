"""The first tables: inbox, sends, conversations, waiting photos, choices."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.Text()),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("done_at", sa.Double()),
        sa.PrimaryKeyConstraint("bot", "update_id", name="pk_inbox"),
    )
    op.create_index("ix_inbox_unfinished", "inbox", ["bot", "place"], **_where("done_at IS NULL"))
    op.create_index("ix_inbox_done_at", "inbox", ["done_at"], **_where("done_at IS NOT NULL"))
    op.create_table(
        "sends",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.BigInteger()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload_text", sa.Text()),
        sa.Column("payload_file", sa.Text()),
        sa.Column("handed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "update_id", "ordinal", name="pk_sends"),
    )
    op.create_index("ix_sends_handed_over", "sends", ["bot"], **_where("state = 'handed_over'"))
    op.create_index("ix_sends_handed_at", "sends", ["handed_at"])
    op.create_table(
        "conversations",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("chat", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("topic", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("opener", sa.Text(), nullable=False),
        sa.Column("statistics", sa.Text(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text()),
        sa.Column("handle_at", sa.Double()),
        sa.PrimaryKeyConstraint("bot", "chat", "topic", name="pk_conversations"),
    )
    op.create_table(
        "waiting_photos",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("chat", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("topic", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bot", "chat", "topic"],
            ["conversations.bot", "conversations.chat", "conversations.topic"],
            name="fk_waiting_photos",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bot", "chat", "topic", "update_id", "number", name="pk_waiting_photos"),
    )
    op.create_table(
        "choices",
        sa.Column("bot", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("chat", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("topic", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("voice", sa.Text()),
        sa.Column("noise", sa.Boolean()),
        sa.Column("changed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("bot", "chat", "topic", name="pk_choices"),
    )
