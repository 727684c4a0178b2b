"""Dashboards that projects make themselves."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dashboards",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("updated_by", sa.String(200), nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "name", name="pk_dashboards"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_dashboards_project_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("dashboards")
