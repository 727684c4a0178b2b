"""What was deleted, by hashes, so that what arrives of it later is let go."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "privacy_tombstones",
        sa.Column("deletion_id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.Column("before", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("deletion_id", name="pk_privacy_tombstones"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_privacy_tombstones_project_id", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("privacy_tombstones")
