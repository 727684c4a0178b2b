"""Releases of prompts to environments, and which of them is live."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("prompt_id", sa.String(40), nullable=False),
        sa.Column("environment", sa.String(40), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("arm", sa.String(40), nullable=False),
        sa.Column("model", sa.String(300), nullable=False),
        sa.Column("parameters", sa.JSON, nullable=False),
        sa.Column("overridable", sa.JSON, nullable=False),
        sa.Column("action", sa.String(10), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author_kind", sa.String(20), nullable=False),
        sa.Column("author_id", sa.String(40), nullable=False),
        sa.Column("author_name", sa.String(254), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("previous_id", sa.String(40)),
        sa.Column("restores_id", sa.String(40)),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_releases_project_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["prompt_id", "version"],
            ["prompt_versions.prompt_id", "prompt_versions.number"],
            name="fk_releases_prompt_id_version",
        ),
    )
    op.create_index("ix_releases_project_id_id", "releases", ["project_id", "id"])
    op.create_index("ix_releases_prompt_id_environment_id", "releases", ["prompt_id", "environment", "id"])
    op.create_table(
        "live_releases",
        sa.Column("prompt_id", sa.String(40), nullable=False),
        sa.Column("environment", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("release_id", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "environment", name="pk_live_releases"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_live_releases_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_live_releases_prompt_id"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name="fk_live_releases_release_id"),
    )
    op.create_index("ix_live_releases_project_id", "live_releases", ["project_id"])


def downgrade() -> None:
    op.drop_table("live_releases")
    op.drop_table("releases")
