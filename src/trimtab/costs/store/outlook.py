"""Sums of the ledger that forecasts and concentration are made of."""

from datetime import date
from decimal import Decimal
from typing import Final

from trimtab.costs.concentration import By, Sums
from trimtab.costs.store.ledger import Span
from trimtab.storage.warehouse.port import Parameter, Row, Warehouse

_KEY: Final[dict[By, str]] = {
    By.USER: "user_id",
    By.SESSION: "session_id",
    By.PROMPT: "toString(prompt_name)",
    By.FEATURE: "toString(feature)",
    By.MODEL: "if(model = '' OR provider = '', toString(model), concat(provider, '/', model))",
    By.TEAM: "toString(team)",
    By.ENVIRONMENT: "toString(environment)",
}


def by_day(
    warehouse: Warehouse, project_id: str, during: Span, environment: str | None
) -> tuple[dict[date, Decimal], int]:
    """Return what each day in UTC that has calls cost, and how many calls are in none of the sums without a price."""
    where, values = _where(project_id, during, environment)
    rows = warehouse.query(
        f"""
        SELECT toString(toDate(called_at)) AS day, sum(cost_usd) AS usd,
               uniqExactIf(call_span_id, cost_usd IS NULL) AS unpriced
        FROM ledger FINAL WHERE {where} GROUP BY day
        """,  # noqa: S608 - conditions are ours, values are bound
        values,
    )
    sums = {date.fromisoformat(row["day"]): Decimal(row["usd"] or 0) for row in rows}
    return sums, sum(row["unpriced"] for row in rows)


def totals(warehouse: Warehouse, project_id: str, during: Span, by: By, environment: str | None) -> Row:
    """Return `groups`, `total_usd`, `ranked_usd`, `unattributed_usd` and `unpriced` of the range; see `Sums`."""
    where, values = _where(project_id, during, environment)
    (row,) = warehouse.query(
        f"""
        SELECT countIf(key != '') AS groups, sumIf(usd, key != '') AS total_usd,
               sumIf(usd * place, key != '') AS ranked_usd, sumIf(usd, key = '') AS unattributed_usd,
               sum(unpriced) AS unpriced
        FROM (
            SELECT key, usd, unpriced, row_number() OVER (ORDER BY key = '', usd) AS place
            FROM (
                SELECT {_KEY[by]} AS key, sum(ifNull(cost_usd, 0)) AS usd,
                       uniqExactIf(call_span_id, cost_usd IS NULL) AS unpriced
                FROM ledger FINAL WHERE {where} GROUP BY key
            )
        )
        """,  # noqa: S608 - all names are ours, values are bound
        values,
    )
    return row


def sums_of(row: Row) -> Sums:
    """Return what the Gini coefficient is made of."""
    return Sums(groups=int(row["groups"]), total_usd=Decimal(row["total_usd"]), ranked_usd=Decimal(row["ranked_usd"]))


def dearest(
    warehouse: Warehouse, project_id: str, during: Span, by: By, environment: str | None, *, limit: int
) -> list[tuple[str, Decimal]]:
    """Return the groups that cost most, with what they cost."""
    where, values = _where(project_id, during, environment)
    rows = warehouse.query(
        f"""
        SELECT {_KEY[by]} AS key, sum(ifNull(cost_usd, 0)) AS usd FROM ledger FINAL WHERE {where}
        GROUP BY key HAVING key != '' ORDER BY usd DESC, key LIMIT {limit}
        """,  # noqa: S608 - all names are ours, values are bound
        values,
    )
    return [(row["key"], Decimal(row["usd"])) for row in rows]


def _where(project_id: str, during: Span, environment: str | None) -> tuple[str, dict[str, Parameter]]:
    where = (
        "project_id = {project:String} AND called_at >= fromUnixTimestamp64Nano({from_ns:Int64})"
        " AND called_at < fromUnixTimestamp64Nano({to_ns:Int64})"
    )
    values: dict[str, Parameter] = {"project": project_id, "from_ns": during.from_ns, "to_ns": during.to_ns}
    if environment is not None:
        where += " AND environment = {environment:String}"
        values["environment"] = environment
    return where, values
