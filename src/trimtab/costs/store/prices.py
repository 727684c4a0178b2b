"""A project's own prices in the meta store, and the counter by which a running price book sees that they changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from trimtab.base import money
from trimtab.costs.own_price import OwnPrice, Terms
from trimtab.costs.price import Rate, Tier, TierRule
from trimtab.storage import revision
from trimtab.storage.meta import Instant, metadata

REVISION: Final = "prices"
"""The counter that every change of any project's prices moves."""

own_prices = sa.Table(
    "own_prices",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("project_id", sa.String(40), sa.ForeignKey("projects.id", ondelete="CASCADE"), nullable=False),
    sa.Column("provider_kind", sa.String(60), nullable=False),
    sa.Column("provider", sa.String(60), nullable=False),
    sa.Column("model", sa.String(200), nullable=False),
    sa.Column("service_tier", sa.String(60), nullable=False),
    sa.Column("terms", sa.JSON, nullable=False),
    sa.Column("valid_from", Instant, nullable=False),
    sa.Column("valid_to", Instant),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(200), nullable=False),
    sa.Index(None, "project_id", "id"),
)


def insert(connection: Connection, price: OwnPrice) -> None:
    """Keep a new row."""
    connection.execute(
        sa.insert(own_prices).values(
            id=price.id,
            project_id=price.project_id,
            provider_kind=price.provider_kind,
            provider=price.provider,
            model=price.model,
            service_tier=price.service_tier,
            terms=_terms_to_json(price.terms),
            valid_from=price.valid_from,
            valid_to=price.valid_to,
            note=price.note,
            created_at=price.created_at,
            created_by=price.created_by,
        )
    )
    revision.touch(connection, REVISION)


def close(connection: Connection, price_id: str, at: datetime) -> None:
    """Let a row end at `at`."""
    connection.execute(sa.update(own_prices).where(own_prices.c.id == price_id).values(valid_to=at))
    revision.touch(connection, REVISION)


def delete(connection: Connection, price_id: str) -> None:
    """Remove a row that was never in force."""
    connection.execute(sa.delete(own_prices).where(own_prices.c.id == price_id))
    revision.touch(connection, REVISION)


def lock_all(connection: Connection, project_id: str) -> list[OwnPrice]:
    """Return every row of the project and keep other writers away from them until the end of the transaction."""
    query = sa.select(own_prices).where(own_prices.c.project_id == project_id).with_for_update()
    return _prices(connection.execute(query))


def every(connection: Connection, project_id: str) -> list[OwnPrice]:
    """Return every row of the project."""
    return _prices(connection.execute(sa.select(own_prices).where(own_prices.c.project_id == project_id)))


def count(connection: Connection, project_id: str) -> int:
    """Return how many rows the project has."""
    query = sa.select(sa.func.count()).select_from(own_prices).where(own_prices.c.project_id == project_id)
    return int(connection.execute(query).scalar_one())


def find(connection: Connection, project_id: str, price_id: str) -> OwnPrice | None:
    """Return a row of the project."""
    query = sa.select(own_prices).where(own_prices.c.project_id == project_id, own_prices.c.id == price_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _price(row)


def listing(
    connection: Connection, project_id: str, *, in_force_at: datetime | None, before: str | None, limit: int
) -> list[OwnPrice]:
    """Return rows of the project, newest first, those older than the id `before`; only those still open at a moment."""
    query = sa.select(own_prices).where(own_prices.c.project_id == project_id)
    if before:
        query = query.where(own_prices.c.id < before)
    if in_force_at is not None:
        query = query.where(sa.or_(own_prices.c.valid_to.is_(None), own_prices.c.valid_to > in_force_at))
    return _prices(connection.execute(query.order_by(own_prices.c.id.desc()).limit(limit)))


def _prices(rows: Iterable[Row[Any]]) -> list[OwnPrice]:
    return [_price(row) for row in rows]


def _price(row: Row[Any]) -> OwnPrice:
    return OwnPrice(
        id=row.id,
        project_id=row.project_id,
        provider_kind=row.provider_kind,
        provider=row.provider,
        model=row.model,
        service_tier=row.service_tier,
        terms=_terms_of_json(row.terms),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        note=row.note,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _terms_to_json(terms: Terms) -> dict[str, object]:
    rates = {
        bucket: {
            "usd_per_million": money.text(rate.usd_per_million),
            "rule": rate.rule.value,
            "tiers": [
                {"above": tier.above, "usd_per_million": money.text(tier.usd_per_million)} for tier in rate.tiers
            ],
        }
        for bucket, rate in terms.rates.items()
    }
    return {
        "rates": rates,
        "fee_usd": money.text(terms.fee_usd),
        "discount_percent": money.text(terms.discount_percent),
    }


def _terms_of_json(terms: Mapping[str, Any]) -> Terms:
    rates = {
        bucket: Rate(
            Decimal(rate["usd_per_million"]),
            tuple(Tier(tier["above"], Decimal(tier["usd_per_million"])) for tier in rate["tiers"]),
            TierRule(rate["rule"]),
        )
        for bucket, rate in terms["rates"].items()
    }
    fee = terms["fee_usd"]
    return Terms(
        rates=rates,
        fee_usd=None if fee is None else Decimal(fee),
        discount_percent=Decimal(terms["discount_percent"]),
    )
