"""The spans of calls, and the ledger: one row for each request to an upstream."""

from trimtab.storage.warehouse.migrations.step import Step
from trimtab.storage.warehouse.tables import Layout, Table, create, drop

# What a number in the product can be cut by; the same columns on a span and on a ledger row.
_DIMENSIONS = """
    environment LowCardinality(String),
    key_id LowCardinality(String),
    feature LowCardinality(String),
    user_id String CODEC(ZSTD(1)),
    session_id String CODEC(ZSTD(1)),
    team LowCardinality(String),
    prompt_name LowCardinality(String),
    prompt_version UInt32,
    release_id LowCardinality(String),
    arm LowCardinality(String),
    provider LowCardinality(String),
    provider_kind LowCardinality(String),
    model LowCardinality(String),
    response_model LowCardinality(String),
    outcome LowCardinality(String),
    status_code UInt16,
    is_sample Bool
"""

_USAGE = """
    input_uncached UInt64 CODEC(T64, ZSTD(1)),
    cache_read UInt64 CODEC(T64, ZSTD(1)),
    cache_write_5m UInt64 CODEC(T64, ZSTD(1)),
    cache_write_1h UInt64 CODEC(T64, ZSTD(1)),
    input_audio UInt64 CODEC(T64, ZSTD(1)),
    input_image UInt64 CODEC(T64, ZSTD(1)),
    output_text UInt64 CODEC(T64, ZSTD(1)),
    reasoning UInt64 CODEC(T64, ZSTD(1)),
    output_audio UInt64 CODEC(T64, ZSTD(1)),
    usage_source LowCardinality(String)
"""

SPANS = Table(
    name="spans",
    columns=f"""
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    parent_span_id String CODEC(ZSTD(1)),
    request_id String CODEC(ZSTD(1)),
    started_at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    duration_ns UInt64 CODEC(ZSTD(1)),
    ttft_ns Nullable(UInt64) CODEC(ZSTD(1)),
    name LowCardinality(String),
    kind LowCardinality(String),
    operation LowCardinality(String),
    status LowCardinality(String),
    status_message String CODEC(ZSTD(1)),
    error_code LowCardinality(String),
    requested_model LowCardinality(String),
    stream Bool,
    {_DIMENSIONS},
    {_USAGE},
    cost_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    cost_source LowCardinality(String),
    attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    events String CODEC(ZSTD(1)),
    input_messages String CODEC(ZSTD(3)),
    output_messages String CODEC(ZSTD(3)),
    parameters String CODEC(ZSTD(1)),
    variables String CODEC(ZSTD(1)),
    input_preview String CODEC(ZSTD(1)),
    output_preview String CODEC(ZSTD(1)),
    search_text String CODEC(ZSTD(3)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX search_text_ngrams search_text TYPE text(tokenizer = ngrams(3)) GRANULARITY 1
    """,
    partition_by="toDate(started_at)",
    order_by="(project_id, started_at, span_id)",
    version="ingested_at",
    shard_by="cityHash64(trace_id)",
)

LEDGER = Table(
    name="ledger",
    columns=f"""
    project_id LowCardinality(String),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    call_span_id String CODEC(ZSTD(1)),
    request_id String CODEC(ZSTD(1)),
    called_at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    service_tier LowCardinality(String),
    {_DIMENSIONS},
    {_USAGE},
    cost_usd Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    price_source LowCardinality(String),
    price_version LowCardinality(String),
    price_lines String CODEC(ZSTD(1)),
    formula String CODEC(ZSTD(1)),
    ingested_at DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
    """,
    partition_by="toDate(called_at)",
    order_by="(project_id, called_at, span_id)",
    version="ingested_at",
    shard_by="cityHash64(trace_id)",
)


def _forward(layout: Layout) -> list[str]:
    return [*create(SPANS, layout), *create(LEDGER, layout)]


def _back(layout: Layout) -> list[str]:
    return [*drop("ledger", layout), *drop("spans", layout)]


STEP = Step(number=1, name="spans_and_ledger", forward=_forward, back=_back)
