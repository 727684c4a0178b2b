"""Base data of list prices, and which of them a project has accepted."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "list_price_books",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("version", sa.String(100), nullable=False),
        sa.Column("is_packaged", sa.Boolean, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("kept_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_list_price_books"),
    )
    op.create_table(
        "list_price_choices",
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("book_id", sa.String(40), nullable=False),
        sa.Column("accepted_at", Instant, nullable=False),
        sa.Column("accepted_by", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name="pk_list_price_choices"),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_list_price_choices_project_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["book_id"], ["list_price_books.id"], name="fk_list_price_choices_book_id"),
    )


def downgrade() -> None:
    op.drop_table("list_price_choices")
    op.drop_table("list_price_books")
