"""Spans from any sender beside the gateway's, their log records and scores, and the spans that were put aside."""

from trimtab.storage.warehouse.migrations.step import Step
from trimtab.storage.warehouse.tables import Layout, Table, add_columns, create, drop, drop_columns

# What the gateway wrote before has these values by default: its root spans are those that came in.
_SPAN_COLUMNS = {
    "source": "LowCardinality(String) DEFAULT 'gateway'",
    "dialect": "LowCardinality(String)",
    "scope": "LowCardinality(String)",
    "role": "LowCardinality(String)",
    "response_id": "String CODEC(ZSTD(1))",
    "is_root": "Bool DEFAULT kind = 'server'",
    "is_call": "Bool DEFAULT kind = 'server'",
}

LOG_RECORDS = Table(
    name="log_records",
    columns="""
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    record_id String CODEC(ZSTD(1)),
    at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    event_name LowCardinality(String),
    severity LowCardinality(String),
    body String CODEC(ZSTD(3)),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
    """,
    partition_by="toDate(at)",
    order_by="(project_id, at, record_id)",
    version="ingested_at",
    shard_by="cityHash64(trace_id)",
)

SCORES = Table(
    name="scores",
    columns="""
    project_id LowCardinality(String),
    score_id String CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    response_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    name LowCardinality(String),
    value Nullable(Float64) CODEC(ZSTD(1)),
    label LowCardinality(String),
    explanation String CODEC(ZSTD(3)),
    source LowCardinality(String),
    error_type LowCardinality(String),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
    """,
    partition_by="toDate(at)",
    order_by="(project_id, at, score_id)",
    version="ingested_at",
    shard_by="cityHash64(trace_id)",
)

SIDE_SPANS = Table(
    name="side_spans",
    columns="""
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    started_at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    name LowCardinality(String),
    payload String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
    """,
    partition_by="toDate(started_at)",
    order_by="(project_id, started_at, span_id)",
    version="ingested_at",
    shard_by="cityHash64(trace_id)",
    expires="toDateTime(ingested_at) + INTERVAL 3 DAY",
)


def _forward(layout: Layout) -> list[str]:
    return [
        *add_columns("spans", _SPAN_COLUMNS, layout),
        *create(LOG_RECORDS, layout),
        *create(SCORES, layout),
        *create(SIDE_SPANS, layout),
    ]


def _back(layout: Layout) -> list[str]:
    return [
        *drop("side_spans", layout),
        *drop("scores", layout),
        *drop("log_records", layout),
        *drop_columns("spans", list(_SPAN_COLUMNS), layout),
    ]


STEP = Step(number=2, name="telemetry", forward=_forward, back=_back)
