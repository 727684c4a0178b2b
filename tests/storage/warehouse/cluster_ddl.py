"""A process that has the engine accept a cluster's tables: `python cluster_ddl.py FOLDER` prints the rows in them.

The engine is told of a cluster of one, with its keeper in memory. Two things it cannot do embedded: `ON CLUSTER`, which
is taken out here, and inserts into replicated tables. This shows that the clauses are right, not that they replicate.
"""

import os
import sys
from pathlib import Path
from typing import Any

from chdb.state import connect

from trimtab.storage.warehouse import tables
from trimtab.storage.warehouse.migrations.m0001_spans_and_ledger import LEDGER, SPANS
from trimtab.storage.warehouse.migrations.m0002_telemetry import LOG_RECORDS, SCORES, SIDE_SPANS
from trimtab.storage.warehouse.migrations.m0003_ingest_counts import INGEST_COUNTS
from trimtab.storage.warehouse.migrations.m0004_scores import LANGFUSE_EVENTS
from trimtab.storage.warehouse.migrations.m0005_annotations import ANNOTATIONS

_CLUSTER = """
<clickhouse>
  <path>{folder}/store/</path>
  <tcp_port>9000</tcp_port>
  <zookeeper><implementation>testkeeper</implementation></zookeeper>
  <macros><shard>1</shard><replica>one</replica></macros>
  <remote_servers><main><shard><internal_replication>true</internal_replication>
    <replica><host>localhost</host><port>9000</port></replica>
  </shard></main></remote_servers>
</clickhouse>
"""
# The port is not opened: it tells the engine that the one replica is itself.

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "config.xml").write_text(_CLUSTER.format(folder=folder), encoding="utf-8")
    connection: Any = connect(f"{folder / 'data'}?config-file={folder / 'config.xml'}")
    connection.query("CREATE DATABASE trimtab")
    connection.query("USE trimtab")
    for table in (SPANS, LEDGER, LOG_RECORDS, SCORES, SIDE_SPANS, INGEST_COUNTS, LANGFUSE_EVENTS, ANNOTATIONS):
        for statement in tables.create(table, tables.Layout(cluster="main")):
            connection.query(statement.replace(" ON CLUSTER 'main'", ""))
    for name in tables.PARTITION_COLUMN:
        sql = f"SELECT '{name}', count() FROM {name} FINAL"  # noqa: S608 - the tables are ours
        sys.stdout.write(str(connection.query(sql)))
    sys.stdout.flush()
    # The engine's own end would fail: it has no server to say goodbye to.
    os._exit(0)
