"""Scores of every kind and from everybody, found by their id and taken back; and the events of Langfuse's old door."""

from trimtab.storage.warehouse.migrations.step import Step
from trimtab.storage.warehouse.tables import (
    Layout,
    Table,
    add_columns,
    add_indexes,
    create,
    drop,
    drop_columns,
    drop_indexes,
)

# What was stored before came from log records and spans: a number, or a label alone.
_SCORE_COLUMNS = {
    "kind": "LowCardinality(String) DEFAULT if(isNull(value), 'categorical', 'numeric')",
    "text": "String CODEC(ZSTD(3))",
    "author": "String CODEC(ZSTD(1))",
    "environment": "LowCardinality(String)",
    "metadata": "String CODEC(ZSTD(3))",
    "is_deleted": "Bool",
}

_SCORE_INDEXES = {
    "score_id_bloom": "score_id TYPE bloom_filter(0.001) GRANULARITY 1",
    "session_id_bloom": "session_id TYPE bloom_filter(0.001) GRANULARITY 1",
}

LANGFUSE_EVENTS = Table(
    name="langfuse_events",
    columns="""
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    entity_id String CODEC(ZSTD(1)),
    event_id String CODEC(ZSTD(1)),
    kind LowCardinality(String),
    at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    received_at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    key_id LowCardinality(String),
    environment LowCardinality(String),
    body String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
    """,
    partition_by="toDate(received_at)",
    order_by="(project_id, entity_id, event_id)",
    version="ingested_at",
    shard_by="cityHash64(trace_id)",
    expires="toDateTime(received_at) + INTERVAL 90 DAY",
)


def _forward(layout: Layout) -> list[str]:
    return [
        *add_columns("scores", _SCORE_COLUMNS, layout),
        *add_indexes("scores", _SCORE_INDEXES, layout),
        *create(LANGFUSE_EVENTS, layout),
    ]


def _back(layout: Layout) -> list[str]:
    return [
        *drop("langfuse_events", layout),
        *drop_indexes("scores", list(_SCORE_INDEXES), layout),
        *drop_columns("scores", list(_SCORE_COLUMNS), layout),
    ]


STEP = Step(number=4, name="scores", forward=_forward, back=_back)
