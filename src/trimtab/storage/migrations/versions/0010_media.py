"""Media: images, audio and long texts that were taken out of spans, and where they are used."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("content_type", sa.String(200), nullable=False),
        sa.Column("bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("stored_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_media"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_media_project_id", ondelete="CASCADE"),
    )
    op.create_table(
        "media_uses",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("media_id", sa.String(64), nullable=False),
        sa.Column("trace_id", sa.String(64), nullable=False),
        sa.Column("span_id", sa.String(64), nullable=False),
        sa.Column("field", sa.String(100), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "media_id", "trace_id", "span_id", "field", name="pk_media_uses"),
        sa.ForeignKeyConstraint(
            ["project_id", "media_id"], ["media.project_id", "media.id"], name="fk_media_uses_media", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_media_uses_project_id_trace_id", "media_uses", ["project_id", "trace_id"])


def downgrade() -> None:
    op.drop_index("ix_media_uses_project_id_trace_id", table_name="media_uses")
    op.drop_table("media_uses")
    op.drop_table("media")
