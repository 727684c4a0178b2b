"""What providers reported of a project's usage and cost, day by day and model by model, in the meta store."""

import sqlalchemy as sa

from trimtab.storage.meta import Instant, Usd, metadata

provider_reports = sa.Table(
    "provider_reports",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("form", sa.String(40), nullable=False),
    sa.Column("provider_kind", sa.String(60), nullable=False),
    sa.Column("provider", sa.String(60), nullable=False),
    sa.Column("first_day", sa.String(10), nullable=False),
    sa.Column("last_day", sa.String(10), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Index(None, "project_id", "id"),
)

report_lines = sa.Table(
    "provider_report_lines",
    metadata,
    sa.Column("report_id", sa.String(40), sa.ForeignKey("provider_reports.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("model", sa.String(200), primary_key=True),
    sa.Column("input_tokens", sa.BigInteger),
    sa.Column("output_tokens", sa.BigInteger),
    sa.Column("cost_usd", Usd),
)
