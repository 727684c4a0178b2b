"""Privacy: what a project redacts, whose content it keeps for how long, and the deletions that were asked for."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_policies",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("redaction", sa.JSON, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("retention", sa.JSON, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_privacy_policies"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_privacy_policies_project_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "privacy_retention_runs",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("ran_at", Instant, nullable=False),
        sa.Column("before_day", sa.String(10), nullable=False),
        sa.Column("removed", sa.BigInteger, nullable=False),
        sa.Column("removed_in_all", sa.BigInteger, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "kind", name="pk_privacy_retention_runs"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_privacy_retention_runs_project_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "privacy_deletions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("subject_hash", sa.String(64), nullable=False),
        sa.Column("sealed_subject", sa.LargeBinary, nullable=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("requested_by", sa.String(200), nullable=False),
        sa.Column("requested_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("completed_at", Instant, nullable=True),
        sa.Column("trace_ids", sa.JSON, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("waiting_for", sa.Text, nullable=False),
        sa.Column("rows_gone_at", sa.String(40), nullable=False),
        sa.Column("proof", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_privacy_deletions"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_privacy_deletions_project_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_privacy_deletions_project_id_id", "privacy_deletions", ["project_id", "id"])


def downgrade() -> None:
    op.drop_table("privacy_deletions")
    op.drop_table("privacy_retention_runs")
    op.drop_table("privacy_policies")
