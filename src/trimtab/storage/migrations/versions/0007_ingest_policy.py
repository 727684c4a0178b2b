"""Ingest policies: what becomes of a project's telemetry; and keys that may send to other projects of theirs."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ingest_policies",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("unrelated", sa.String(10), nullable=False),
        sa.Column("aside_percent", sa.Integer, nullable=False),
        sa.Column("deduplicates", sa.Boolean, nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_ingest_policies"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_ingest_policies_project_id", ondelete="CASCADE"
        ),
    )
    op.add_column("api_keys", sa.Column("routes_projects", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("api_keys", "routes_projects")
    op.drop_table("ingest_policies")
