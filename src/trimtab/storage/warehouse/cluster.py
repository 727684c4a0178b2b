"""The warehouse as a ClickHouse server or cluster, over HTTP.

`http://user:password@host:8123/database`; `?cluster=name` spreads the tables over that cluster. One client is shared
by all threads: it holds no session, and its pool of connections is safe to share.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError

from trimtab.base.errors import BadSetting
from trimtab.storage.warehouse import failures, migrate, tables
from trimtab.storage.warehouse.port import Limits, Parameter, Row, rows_of


class ClusterWarehouse:
    """Rows behind ClickHouse's HTTP interface."""

    def __init__(self, url: str, limits: Limits) -> None:
        """Connect to `url`, creating its database when it is not there.

        Raises:
            BadSetting: the server does not answer or refuses the credentials.
        """
        parts = urlsplit(url)
        database = parts.path.strip("/") or "trimtab"
        self._limits = limits
        self._layout = tables.Layout(cluster=parse_qs(parts.query).get("cluster", [""])[0])
        where: dict[str, Any] = {
            "host": parts.hostname or "localhost",
            "port": parts.port or (8443 if parts.scheme == "https" else 8123),
            "username": unquote(parts.username or "default"),
            "password": unquote(parts.password or ""),
            "secure": parts.scheme == "https",
            "autogenerate_session_id": False,
            "send_receive_timeout": int(limits.time_s) + 10,
        }
        try:
            with clickhouse_connect.get_client(**where, database="default") as first:
                on_cluster = f" ON CLUSTER '{self._layout.cluster}'" if self._layout.cluster else ""
                first.command(f"CREATE DATABASE IF NOT EXISTS `{database}`{on_cluster}")
            self._client = clickhouse_connect.get_client(**where, database=database)
        except (OSError, ClickHouseError) as error:
            raise BadSetting(
                f"the warehouse at {parts.hostname}:{where['port']} cannot be used: {str(error).splitlines()[0][:300]}",
                hint="Check warehouse_url: http://user:password@host:8123/database.",
            ) from error

    def insert(self, table: str, rows: pa.Table, *, token: str) -> None:
        """Append `rows`, day by day; see the port."""
        settings: dict[str, Any] = {"input_format_null_as_default": 0}
        if self._layout.cluster:
            settings["distributed_foreground_insert"] = 1
        else:
            # Made later, in the background: it takes half of the time of an insert.
            settings["exclude_materialize_skip_indexes_on_insert"] = "'search_text_ngrams'"
        for day, part in tables.split_by_day(table, rows):
            with self._translated():
                self._client.insert_arrow(
                    table, part, settings=settings | {"insert_deduplication_token": f"{token}-{day}"}
                )

    def query(self, sql: str, parameters: Mapping[str, Parameter] | None = None) -> list[Row]:
        """Answer one SELECT; see the port."""
        settings = {"max_memory_usage": self._limits.memory_bytes, "max_execution_time": self._limits.time_s}
        with self._translated():
            answer: pa.Table = self._client.query_arrow(
                sql, parameters=dict(parameters or {}), settings=settings, use_strings=True
            )
        return rows_of(answer)

    def command(self, sql: str) -> None:
        """Run one statement that answers nothing."""
        with self._translated():
            self._client.command(sql)

    def migrate(self, to: int | None = None) -> list[int]:
        """Bring the schema to `to`; see the port."""
        return migrate.run(self, self._layout, to)

    def close(self) -> None:
        """Release every connection; idempotent."""
        self._client.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ClickHouseError) as error:
            raise failures.explain(error, self._limits) from error
