"""Prompts and their versions in the meta store. A version is inserted once and never updated: a trigger refuses it."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.base.errors import Conflict
from trimtab.prompts.naming import collision_key
from trimtab.prompts.prompt import Prompt
from trimtab.prompts.version import (
    Author,
    Content,
    Kind,
    Version,
    messages_from_json,
    messages_to_json,
    variables_from_json,
    variables_to_json,
)
from trimtab.storage.meta import Instant, metadata, refuse_duplicate

prompts = sa.Table(
    "prompts",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("collision_key", sa.String(255), nullable=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("latest_version", sa.Integer, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.UniqueConstraint("project_id", "collision_key"),
)

prompt_versions = sa.Table(
    "prompt_versions",
    metadata,
    sa.Column("prompt_id", sa.String(40), sa.ForeignKey("prompts.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(10), nullable=False),
    sa.Column("messages", sa.JSON, nullable=False),
    sa.Column("variables", sa.JSON, nullable=False),
    sa.Column("content_hash", sa.String(64), nullable=False),
    sa.Column("author_kind", sa.String(20), nullable=False),
    sa.Column("author_id", sa.String(40), nullable=False),
    sa.Column("author_name", sa.String(254), nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
)


def insert(connection: Connection, prompt: Prompt) -> None:
    """Keep a new prompt.

    Raises:
        Conflict: the project has a prompt of this name, or of one that differs in case alone.
    """
    with refuse_duplicate(
        f"there is a prompt {prompt.name!r} already, or one whose name differs in case alone",
        hint="Write a new version of it, or choose another name.",
    ):
        connection.execute(
            sa.insert(prompts).values(
                id=prompt.id,
                project_id=prompt.project_id,
                name=prompt.name,
                collision_key=collision_key(prompt.name),
                kind=prompt.kind.value,
                description=prompt.description,
                latest_version=prompt.latest_version,
                created_at=prompt.created_at,
                updated_at=prompt.updated_at,
            )
        )


def insert_version(connection: Connection, version: Version) -> None:
    """Keep a new version and make it the prompt's newest."""
    connection.execute(
        sa.insert(prompt_versions).values(
            prompt_id=version.prompt_id,
            number=version.number,
            kind=version.content.kind.value,
            messages=messages_to_json(version.content.messages),
            variables=variables_to_json(version.content.variables),
            content_hash=version.content_hash,
            author_kind=version.author.kind,
            author_id=version.author.id,
            author_name=version.author.name,
            message=version.message,
            created_at=version.created_at,
        )
    )
    _set_latest(connection, version.prompt_id, version.number, version.created_at)


def _set_latest(connection: Connection, prompt_id: str, number: int, at: datetime) -> None:
    connection.execute(sa.update(prompts).where(prompts.c.id == prompt_id).values(latest_version=number, updated_at=at))


def set_description(connection: Connection, prompt_id: str, description: str, at: datetime) -> None:
    """Give a prompt another description."""
    connection.execute(
        sa.update(prompts).where(prompts.c.id == prompt_id).values(description=description, updated_at=at)
    )


def find(connection: Connection, project_id: str, prompt_id: str) -> Prompt | None:
    """Return a prompt of the project."""
    query = sa.select(prompts).where(prompts.c.project_id == project_id, prompts.c.id == prompt_id)
    return _one(connection, query)


def find_by_name(connection: Connection, project_id: str, name: str) -> Prompt | None:
    """Return the project's prompt of exactly this name."""
    query = sa.select(prompts).where(
        prompts.c.project_id == project_id,
        prompts.c.collision_key == collision_key(name),
        prompts.c.name == name,
    )
    return _one(connection, query)


def lock(connection: Connection, project_id: str, prompt_id: str) -> Prompt | None:
    """Return a prompt of the project and keep other writers away from it until the end of the transaction."""
    query = sa.select(prompts).where(prompts.c.project_id == project_id, prompts.c.id == prompt_id)
    return _one(connection, query.with_for_update())


def _one(connection: Connection, query: sa.Select[tuple[object, ...]]) -> Prompt | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _prompt(row)


def listing(connection: Connection, project_id: str, search: str, after: str | None, limit: int) -> list[Prompt]:
    """Return prompts of the project by name, those after the name `after`, whose name or description has `search`."""
    query = sa.select(prompts).where(prompts.c.project_id == project_id)
    if search:
        matches = [column.icontains(search, autoescape=True) for column in (prompts.c.name, prompts.c.description)]
        query = query.where(sa.or_(*matches))
    if after:
        query = query.where(prompts.c.collision_key > after)
    return [_prompt(row) for row in connection.execute(query.order_by(prompts.c.collision_key).limit(limit))]


def names(connection: Connection, project_id: str) -> list[str]:
    """Return the names of all prompts of the project."""
    query = sa.select(prompts.c.name).where(prompts.c.project_id == project_id).order_by(prompts.c.collision_key)
    return list(connection.execute(query).scalars())


def find_version(connection: Connection, prompt: Prompt, number: int) -> Version | None:
    """Return one version of the prompt."""
    query = sa.select(prompt_versions).where(
        prompt_versions.c.prompt_id == prompt.id, prompt_versions.c.number == number
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _version(row)


def versions(connection: Connection, prompt: Prompt, before: int | None, limit: int) -> list[Version]:
    """Return versions of the prompt, newest first, those before the number `before`."""
    query = sa.select(prompt_versions).where(prompt_versions.c.prompt_id == prompt.id)
    if before is not None:
        query = query.where(prompt_versions.c.number < before)
    rows = connection.execute(query.order_by(prompt_versions.c.number.desc()).limit(limit))
    return [_version(row) for row in rows]


def contents(connection: Connection, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Content]:
    """Return what the versions say that have these prompt ids and numbers; one round for every five hundred."""
    found: dict[tuple[str, int], Content] = {}
    for start in range(0, len(keys), 500):
        some = keys[start : start + 500]
        rows = connection.execute(
            sa.select(prompt_versions).where(
                prompt_versions.c.prompt_id.in_({prompt_id for prompt_id, _ in some}),
                prompt_versions.c.number.in_({number for _, number in some}),
            )
        )
        wanted = set(some)
        found.update(
            {(row.prompt_id, row.number): _content(row) for row in rows if (row.prompt_id, row.number) in wanted}
        )
    return found


def delete(connection: Connection, prompt: Prompt) -> None:
    """Remove the prompt and its versions.

    Raises:
        Conflict: a release refers to it.
    """
    try:
        connection.execute(sa.delete(prompts).where(prompts.c.id == prompt.id))
    except sa.exc.IntegrityError as error:
        raise Conflict(
            f"prompt {prompt.name!r} has been released and is part of the history; it cannot be deleted",
            hint="Release something else in its place, and leave it.",
        ) from error


def _prompt(row: Row[tuple[object, ...]]) -> Prompt:
    return Prompt(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        kind=Kind(row.kind),
        description=row.description,
        latest_version=row.latest_version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _version(row: Row[tuple[object, ...]]) -> Version:
    return Version(
        prompt_id=row.prompt_id,
        number=row.number,
        content=_content(row),
        content_hash=row.content_hash,
        author=Author(kind=row.author_kind, id=row.author_id, name=row.author_name),
        message=row.message,
        created_at=row.created_at,
    )


def _content(row: Row[tuple[object, ...]]) -> Content:
    return Content(
        kind=Kind(row.kind),
        messages=messages_from_json(row.messages),
        variables=variables_from_json(row.variables),
    )
