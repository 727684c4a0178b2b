"""Providers, with their sealed secrets, and aliases of models."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "providers",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("base_url", sa.Text, nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary),
        sa.Column("secret_hint", sa.String(8), nullable=False),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("keep_alive", sa.Boolean, nullable=False),
        sa.Column("models", sa.JSON, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_providers"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_providers_project_id", ondelete="CASCADE"),
        sa.UniqueConstraint("project_id", "name", name="uq_providers_project_id_name"),
    )
    op.create_table(
        "aliases",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("alias", sa.String(100), nullable=False),
        sa.Column("target", sa.String(300), nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("project_id", "alias", name="pk_aliases"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_aliases_project_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("aliases")
    op.drop_table("providers")
