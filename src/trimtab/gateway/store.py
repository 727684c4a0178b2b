"""Providers and aliases in the meta store. A secret is kept sealed and only ever read to be sealed on."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.gateway.providers.provider import Alias, Provider
from trimtab.storage.meta import Instant, metadata, refuse_duplicate

providers = sa.Table(
    "providers",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
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
    sa.UniqueConstraint("project_id", "name"),
)

aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("alias", sa.String(100), primary_key=True),
    sa.Column("target", sa.String(300), nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)


def insert(connection: Connection, provider: Provider) -> None:
    """Keep a new provider.

    Raises:
        Conflict: the project has one of this name.
    """
    with refuse_duplicate(f"there is a provider {provider.name!r} already", hint="Change it, or choose another name."):
        connection.execute(
            sa.insert(providers).values(
                id=provider.id,
                project_id=provider.project_id,
                name=provider.name,
                kind=provider.kind,
                created_at=provider.created_at,
                **_changeable(provider),
            )
        )


def update(connection: Connection, provider: Provider) -> None:
    """Keep what can change of a provider."""
    connection.execute(sa.update(providers).where(providers.c.id == provider.id).values(**_changeable(provider)))


def _changeable(provider: Provider) -> dict[str, object]:
    return {
        "base_url": provider.base_url,
        "sealed_secret": provider.sealed_secret,
        "secret_hint": provider.secret_hint,
        "headers": provider.headers,
        "keep_alive": provider.keep_alive,
        "models": list(provider.models),
        "updated_at": provider.updated_at,
    }


def delete(connection: Connection, provider_id: str) -> None:
    """Remove a provider."""
    connection.execute(sa.delete(providers).where(providers.c.id == provider_id))


def find(connection: Connection, project_id: str, provider_id: str) -> Provider | None:
    """Return a provider of the project."""
    return _one(connection, sa.select(providers).where(_of(project_id), providers.c.id == provider_id))


def find_by_name(connection: Connection, project_id: str, name: str) -> Provider | None:
    """Return the project's provider of this name."""
    return _one(connection, sa.select(providers).where(_of(project_id), providers.c.name == name))


def lock(connection: Connection, project_id: str, provider_id: str) -> Provider | None:
    """Return a provider of the project and keep other writers away from it until the end of the transaction."""
    query = sa.select(providers).where(_of(project_id), providers.c.id == provider_id)
    return _one(connection, query.with_for_update())


def _of(project_id: str) -> sa.ColumnElement[bool]:
    return providers.c.project_id == project_id


def _one(connection: Connection, query: sa.Select[tuple[object, ...]]) -> Provider | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _provider(row)


def listing(connection: Connection, project_id: str, after: str | None, limit: int) -> list[Provider]:
    """Return providers of the project by name, those after the name `after`."""
    query = sa.select(providers).where(_of(project_id))
    if after:
        query = query.where(providers.c.name > after)
    return [_provider(row) for row in connection.execute(query.order_by(providers.c.name).limit(limit))]


def names(connection: Connection, project_id: str) -> list[str]:
    """Return the names of the project's providers."""
    query = sa.select(providers.c.name).where(_of(project_id)).order_by(providers.c.name)
    return list(connection.execute(query).scalars())


def every(connection: Connection) -> list[Provider]:
    """Return the providers of every project: for the gateway's snapshot alone."""
    return [_provider(row) for row in connection.execute(sa.select(providers).order_by(providers.c.id))]


def put_alias(connection: Connection, project_id: str, alias: Alias) -> None:
    """Keep an alias, new or changed."""
    values = {"target": alias.target, "updated_at": alias.updated_at}
    changed = connection.execute(sa.update(aliases).where(*_is_alias(project_id, alias.alias)).values(**values))
    if changed.rowcount == 0:
        with refuse_duplicate(f"somebody else is making the alias {alias.alias!r}", hint="Try again."):
            connection.execute(sa.insert(aliases).values(project_id=project_id, alias=alias.alias, **values))


def delete_alias(connection: Connection, project_id: str, alias: str) -> None:
    """Remove an alias."""
    connection.execute(sa.delete(aliases).where(*_is_alias(project_id, alias)))


def find_alias(connection: Connection, project_id: str, alias: str) -> Alias | None:
    """Return the project's alias of this name."""
    row = connection.execute(sa.select(aliases).where(*_is_alias(project_id, alias))).one_or_none()
    return None if row is None else _alias(row)


def _is_alias(project_id: str, alias: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return aliases.c.project_id == project_id, aliases.c.alias == alias


def list_aliases(connection: Connection, project_id: str, after: str | None, limit: int) -> list[Alias]:
    """Return aliases of the project by name, those after `after`."""
    query = sa.select(aliases).where(aliases.c.project_id == project_id)
    if after:
        query = query.where(aliases.c.alias > after)
    return [_alias(row) for row in connection.execute(query.order_by(aliases.c.alias).limit(limit))]


def aliases_to(connection: Connection, project_id: str, provider: str) -> list[str]:
    """Return the aliases that stand for a model of this provider."""
    query = sa.select(aliases.c.alias).where(
        aliases.c.project_id == project_id, aliases.c.target.startswith(f"{provider}/", autoescape=True)
    )
    return list(connection.execute(query.order_by(aliases.c.alias)).scalars())


def every_alias(connection: Connection) -> list[tuple[str, Alias]]:
    """Return the aliases of every project with its id: for the gateway's snapshot alone."""
    return [(row.project_id, _alias(row)) for row in connection.execute(sa.select(aliases))]


def _alias(row: Row[tuple[object, ...]]) -> Alias:
    updated_at: datetime = row.updated_at
    return Alias(alias=row.alias, target=row.target, updated_at=updated_at)


def _provider(row: Row[tuple[object, ...]]) -> Provider:
    return Provider(
        id=row.id,
        project_id=row.project_id,
        name=row.name,
        kind=row.kind,
        base_url=row.base_url,
        sealed_secret=row.sealed_secret,
        secret_hint=row.secret_hint,
        headers=row.headers,
        keep_alive=row.keep_alive,
        models=tuple(row.models),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
