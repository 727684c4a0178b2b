"""Prompts and their versions, which nobody can alter once they are written."""

import sqlalchemy as sa
from alembic import op

from trimtab.storage.meta import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompts",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("project_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("collision_key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("latest_version", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_prompts"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_prompts_project_id", ondelete="CASCADE"),
        sa.UniqueConstraint("project_id", "collision_key", name="uq_prompts_project_id_collision_key"),
    )
    op.create_table(
        "prompt_versions",
        sa.Column("prompt_id", sa.String(40), nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("messages", sa.JSON, nullable=False),
        sa.Column("variables", sa.JSON, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("author_kind", sa.String(20), nullable=False),
        sa.Column("author_id", sa.String(40), nullable=False),
        sa.Column("author_name", sa.String(254), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("prompt_id", "number", name="pk_prompt_versions"),
        sa.ForeignKeyConstraint(["prompt_id"], ["prompts.id"], name="fk_prompt_versions_prompt_id", ondelete="CASCADE"),
    )
    for statement in _refuse_updates(op.get_bind().dialect.name):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("prompt_versions")
    op.drop_table("prompts")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_update_of_version()")


def _refuse_updates(dialect: str) -> list[str]:
    if dialect == "sqlite":
        return [_SQLITE_TRIGGER]
    return [_POSTGRES_FUNCTION, _POSTGRES_TRIGGER]


_SQLITE_TRIGGER = """
CREATE TRIGGER prompt_versions_are_immutable BEFORE UPDATE ON prompt_versions
BEGIN SELECT RAISE(ABORT, 'a version of a prompt is never altered'); END
"""
_POSTGRES_FUNCTION = """
CREATE FUNCTION refuse_update_of_version() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'a version of a prompt is never altered'; END $$
"""
_POSTGRES_TRIGGER = """
CREATE TRIGGER prompt_versions_are_immutable BEFORE UPDATE ON prompt_versions
FOR EACH ROW EXECUTE FUNCTION refuse_update_of_version()
"""
