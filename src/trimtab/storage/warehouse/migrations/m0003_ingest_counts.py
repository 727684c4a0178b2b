"""What became of telemetry, counted by the minute and by the reason."""

from trimtab.storage.warehouse.migrations.step import Step
from trimtab.storage.warehouse.tables import Layout, Table, create, drop

INGEST_COUNTS = Table(
    name="ingest_counts",
    columns="""
    project_id LowCardinality(String),
    at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    outcome LowCardinality(String),
    reason LowCardinality(String),
    writer LowCardinality(String),
    count UInt64 CODEC(ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3)
    """,
    partition_by="toDate(at)",
    order_by="(project_id, at, outcome, reason, writer)",
    version="ingested_at",
    shard_by="cityHash64(project_id)",
    expires="toDateTime(ingested_at) + INTERVAL 30 DAY",
)


def _forward(layout: Layout) -> list[str]:
    return create(INGEST_COUNTS, layout)


def _back(layout: Layout) -> list[str]:
    return drop("ingest_counts", layout)


STEP = Step(number=3, name="ingest_counts", forward=_forward, back=_back)
