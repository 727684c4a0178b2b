"""Prices that a project sets itself, and what providers report of usage and cost."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant, Usd

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "own_prices",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("provider_kind", sa.String(60), nullable=False),
        sa.Column("provider", sa.String(60), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("service_tier", sa.String(60), nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("valid_from", Instant, nullable=False),
        sa.Column("valid_to", Instant),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_own_prices"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_own_prices_project_id", ondelete="CASCADE"),
    )
    op.create_index("ix_own_prices_project_id_id", "own_prices", ["project_id", "id"])
    op.create_table(
        "provider_reports",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("form", sa.String(40), nullable=False),
        sa.Column("provider_kind", sa.String(60), nullable=False),
        sa.Column("provider", sa.String(60), nullable=False),
        sa.Column("first_day", sa.String(10), nullable=False),
        sa.Column("last_day", sa.String(10), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_provider_reports"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_provider_reports_project_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_provider_reports_project_id_id", "provider_reports", ["project_id", "id"])
    op.create_table(
        "provider_report_lines",
        sa.Column("report_id", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("input_tokens", sa.BigInteger),
        sa.Column("output_tokens", sa.BigInteger),
        sa.Column("cost_usd", Usd),
        sa.PrimaryKeyConstraint("report_id", "day", "model", name="pk_provider_report_lines"),
        sa.ForeignKeyConstraint(
            ["report_id"], ["provider_reports.id"], name="fk_provider_report_lines_report_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("provider_report_lines")
    op.drop_index("ix_provider_reports_project_id_id", "provider_reports")
    op.drop_table("provider_reports")
    op.drop_index("ix_own_prices_project_id_id", "own_prices")
    op.drop_table("own_prices")
