"""Moves the schema of the warehouse from one numbered step to another, forward or back.

Each step is data: statements forward and statements back. What ran is kept in the table `schema_steps`, one row for
each move, so a step is in force when its newest move went forward. Statements are written to bear repetition,
because two servers may start at the same moment and nothing here locks.
"""

from typing import Protocol

from trimtab.base.errors import BadSetting
from trimtab.storage.warehouse.migrations import MIGRATIONS
from trimtab.storage.warehouse.port import Row
from trimtab.storage.warehouse.tables import Layout

_SCHEMA_HEAD = """\
-- The warehouse after all migrations, on one machine. Made from them; a test proves that it is current.
-- Make it anew: python -m trimtab.storage.warehouse > src/trimtab/storage/warehouse/schema.sql
"""


class _Engine(Protocol):
    def command(self, sql: str) -> None: ...
    def query(self, sql: str) -> list[Row]: ...


def run(engine: _Engine, layout: Layout, to: int | None = None) -> list[int]:
    """Move to step `to`, or to the newest when None; return the numbers of the steps that ran, in order.

    Raises:
        BadSetting: the warehouse was written by a newer Trimtab than this one.
    """
    everywhere = f" ON CLUSTER '{layout.cluster}'" if layout.cluster else ""
    engine.command(
        f"CREATE TABLE IF NOT EXISTS schema_steps{everywhere} (number UInt32, name String, direction Int8, "
        "at DateTime64(9, 'UTC') DEFAULT now64(9)) ENGINE = MergeTree ORDER BY (number, at)"
    )
    applied = set(applied_steps(engine))
    newest = MIGRATIONS[-1].number
    unknown = sorted(applied - {step.number for step in MIGRATIONS})
    if unknown:
        raise BadSetting(
            f"the warehouse has schema step {unknown[-1]}, this Trimtab knows steps up to {newest}",
            hint="Start the version that wrote it, or a newer one.",
        )
    target = newest if to is None else to
    ran: list[int] = []
    for step in MIGRATIONS:
        if step.number <= target and step.number not in applied:
            _apply(engine, step.number, step.name, step.forward(layout), 1)
            ran.append(step.number)
    for step in reversed(MIGRATIONS):
        if step.number > target and step.number in applied:
            _apply(engine, step.number, step.name, step.back(layout), -1)
            ran.append(step.number)
    return ran


def applied_steps(engine: _Engine) -> list[int]:
    """Return the numbers of the steps that are in force."""
    rows = engine.query(
        "SELECT number FROM schema_steps GROUP BY number HAVING argMax(direction, at) > 0 ORDER BY number"
    )
    return [int(row["number"]) for row in rows]


def schema(engine: _Engine) -> str:
    """Return the statements that would make the engine's present tables, in the order of their names."""
    rows = engine.query(
        "SELECT formatQuery(replaceOne(create_table_query, concat(database, '.'), '')) AS statement "
        "FROM system.tables WHERE database = currentDatabase() ORDER BY name"
    )
    statements = "".join(f"\n{row['statement']};\n" for row in rows)
    return f"{_SCHEMA_HEAD}{statements}"


def _apply(engine: _Engine, number: int, name: str, statements: list[str], direction: int) -> None:
    for statement in statements:
        engine.command(statement)
    engine.command(
        f"INSERT INTO schema_steps (number, name, direction) "  # noqa: S608 - the values are those of the steps
        f"VALUES ({number}, '{name}', {direction})"
    )
