"""What providers reported of a project's usage and cost, day by day and model by model, in the meta store."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.costs.provider_report import Form, Report, ReportLine
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


def insert(connection: Connection, report: Report, lines: Sequence[ReportLine]) -> None:
    """Keep a report with its lines."""
    connection.execute(
        sa.insert(provider_reports).values(
            id=report.id,
            project_id=report.project_id,
            name=report.name,
            form=report.form.value,
            provider_kind=report.provider_kind,
            provider=report.provider,
            first_day=report.first_day,
            last_day=report.last_day,
            created_at=report.created_at,
            created_by=report.created_by,
        )
    )
    connection.execute(
        sa.insert(report_lines),
        [
            {
                "report_id": report.id,
                "day": line.day,
                "model": line.model,
                "input_tokens": line.input_tokens,
                "output_tokens": line.output_tokens,
                "cost_usd": line.cost_usd,
            }
            for line in lines
        ],
    )


def count(connection: Connection, project_id: str) -> int:
    """Return how many reports the project has."""
    query = sa.select(sa.func.count()).select_from(provider_reports).where(provider_reports.c.project_id == project_id)
    return int(connection.execute(query).scalar_one())


def listing(connection: Connection, project_id: str, before: str | None, limit: int) -> list[Report]:
    """Return reports of the project, newest first, those older than the id `before`."""
    query = sa.select(provider_reports).where(provider_reports.c.project_id == project_id)
    if before:
        query = query.where(provider_reports.c.id < before)
    return [_report(row) for row in connection.execute(query.order_by(provider_reports.c.id.desc()).limit(limit))]


def find(connection: Connection, project_id: str, report_id: str) -> Report | None:
    """Return a report of the project."""
    query = sa.select(provider_reports).where(
        provider_reports.c.project_id == project_id, provider_reports.c.id == report_id
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _report(row)


def lines(connection: Connection, report_id: str) -> list[ReportLine]:
    """Return the lines of a report in order."""
    query = sa.select(report_lines).where(report_lines.c.report_id == report_id)
    return [
        ReportLine(
            day=row.day,
            model=row.model,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cost_usd=row.cost_usd,
        )
        for row in connection.execute(query.order_by(report_lines.c.day, report_lines.c.model))
    ]


def delete(connection: Connection, report_id: str) -> None:
    """Remove a report with its lines."""
    connection.execute(sa.delete(provider_reports).where(provider_reports.c.id == report_id))


def _report(row: Row[Any]) -> Report:
    return Report(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        form=Form(row.form),
        provider_kind=row.provider_kind,
        provider=row.provider,
        first_day=row.first_day,
        last_day=row.last_day,
        created_at=row.created_at,
        created_by=row.created_by,
    )
