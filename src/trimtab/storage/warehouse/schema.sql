-- The warehouse after all migrations, on one machine. Made from them; a test proves that it is current.
-- Make it anew: python -m trimtab.storage.warehouse > src/trimtab/storage/warehouse/schema.sql

CREATE TABLE annotations
(
    `project_id` LowCardinality(String),
    `annotation_id` String CODEC(ZSTD(1)),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `kind` LowCardinality(String),
    `text` String CODEC(ZSTD(3)),
    `author_id` LowCardinality(String),
    `author` LowCardinality(String),
    `created_at` DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    `revised_at` DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    `is_deleted` Bool,
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(revised_at)
PARTITION BY toDate(at)
ORDER BY (project_id, at, annotation_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE ingest_counts
(
    `project_id` LowCardinality(String),
    `at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `outcome` LowCardinality(String),
    `reason` LowCardinality(String),
    `writer` LowCardinality(String),
    `count` UInt64 CODEC(ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toDate(at)
ORDER BY (project_id, at, outcome, reason, writer)
TTL toDateTime(ingested_at) + toIntervalDay(30)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE langfuse_events
(
    `project_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `entity_id` String CODEC(ZSTD(1)),
    `event_id` String CODEC(ZSTD(1)),
    `kind` LowCardinality(String),
    `at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `received_at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `key_id` LowCardinality(String),
    `environment` LowCardinality(String),
    `body` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toDate(received_at)
ORDER BY (project_id, entity_id, event_id)
TTL toDateTime(received_at) + toIntervalDay(90)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE ledger
(
    `project_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `call_span_id` String CODEC(ZSTD(1)),
    `request_id` String CODEC(ZSTD(1)),
    `called_at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `service_tier` LowCardinality(String),
    `environment` LowCardinality(String),
    `key_id` LowCardinality(String),
    `feature` LowCardinality(String),
    `user_id` String CODEC(ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `team` LowCardinality(String),
    `prompt_name` LowCardinality(String),
    `prompt_version` UInt32,
    `release_id` LowCardinality(String),
    `arm` LowCardinality(String),
    `provider` LowCardinality(String),
    `provider_kind` LowCardinality(String),
    `model` LowCardinality(String),
    `response_model` LowCardinality(String),
    `outcome` LowCardinality(String),
    `status_code` UInt16,
    `is_sample` Bool,
    `input_uncached` UInt64 CODEC(T64, ZSTD(1)),
    `cache_read` UInt64 CODEC(T64, ZSTD(1)),
    `cache_write_5m` UInt64 CODEC(T64, ZSTD(1)),
    `cache_write_1h` UInt64 CODEC(T64, ZSTD(1)),
    `input_audio` UInt64 CODEC(T64, ZSTD(1)),
    `input_image` UInt64 CODEC(T64, ZSTD(1)),
    `output_text` UInt64 CODEC(T64, ZSTD(1)),
    `reasoning` UInt64 CODEC(T64, ZSTD(1)),
    `output_audio` UInt64 CODEC(T64, ZSTD(1)),
    `usage_source` LowCardinality(String),
    `cost_usd` Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    `price_source` LowCardinality(String),
    `price_version` LowCardinality(String),
    `price_lines` String CODEC(ZSTD(1)),
    `formula` String CODEC(ZSTD(1)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toDate(called_at)
ORDER BY (project_id, called_at, span_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;

CREATE TABLE log_records
(
    `project_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `record_id` String CODEC(ZSTD(1)),
    `at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `event_name` LowCardinality(String),
    `severity` LowCardinality(String),
    `body` String CODEC(ZSTD(3)),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toDate(at)
ORDER BY (project_id, at, record_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE schema_steps
(
    `number` UInt32,
    `name` String,
    `direction` Int8,
    `at` DateTime64(9, 'UTC') DEFAULT now64(9)
)
ENGINE = MergeTree
ORDER BY (number, at)
SETTINGS index_granularity = 8192;

CREATE TABLE scores
(
    `project_id` LowCardinality(String),
    `score_id` String CODEC(ZSTD(1)),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `response_id` String CODEC(ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `name` LowCardinality(String),
    `value` Nullable(Float64) CODEC(ZSTD(1)),
    `label` LowCardinality(String),
    `explanation` String CODEC(ZSTD(3)),
    `source` LowCardinality(String),
    `error_type` LowCardinality(String),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    `kind` LowCardinality(String) DEFAULT if(isNull(value), 'categorical', 'numeric'),
    `text` String CODEC(ZSTD(3)),
    `author` String CODEC(ZSTD(1)),
    `environment` LowCardinality(String),
    `metadata` String CODEC(ZSTD(3)),
    `is_deleted` Bool,
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX score_id_bloom score_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX session_id_bloom session_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toDate(at)
ORDER BY (project_id, at, score_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE side_spans
(
    `project_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `parent_span_id` String CODEC(ZSTD(1)),
    `started_at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `name` LowCardinality(String),
    `payload` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toDate(started_at)
ORDER BY (project_id, started_at, span_id)
TTL toDateTime(ingested_at) + toIntervalDay(3)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192;

CREATE TABLE spans
(
    `project_id` LowCardinality(String),
    `trace_id` String CODEC(ZSTD(1)),
    `span_id` String CODEC(ZSTD(1)),
    `parent_span_id` String CODEC(ZSTD(1)),
    `request_id` String CODEC(ZSTD(1)),
    `started_at` DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)),
    `duration_ns` UInt64 CODEC(ZSTD(1)),
    `ttft_ns` Nullable(UInt64) CODEC(ZSTD(1)),
    `name` LowCardinality(String),
    `kind` LowCardinality(String),
    `operation` LowCardinality(String),
    `status` LowCardinality(String),
    `status_message` String CODEC(ZSTD(1)),
    `error_code` LowCardinality(String),
    `requested_model` LowCardinality(String),
    `stream` Bool,
    `environment` LowCardinality(String),
    `key_id` LowCardinality(String),
    `feature` LowCardinality(String),
    `user_id` String CODEC(ZSTD(1)),
    `session_id` String CODEC(ZSTD(1)),
    `team` LowCardinality(String),
    `prompt_name` LowCardinality(String),
    `prompt_version` UInt32,
    `release_id` LowCardinality(String),
    `arm` LowCardinality(String),
    `provider` LowCardinality(String),
    `provider_kind` LowCardinality(String),
    `model` LowCardinality(String),
    `response_model` LowCardinality(String),
    `outcome` LowCardinality(String),
    `status_code` UInt16,
    `is_sample` Bool,
    `input_uncached` UInt64 CODEC(T64, ZSTD(1)),
    `cache_read` UInt64 CODEC(T64, ZSTD(1)),
    `cache_write_5m` UInt64 CODEC(T64, ZSTD(1)),
    `cache_write_1h` UInt64 CODEC(T64, ZSTD(1)),
    `input_audio` UInt64 CODEC(T64, ZSTD(1)),
    `input_image` UInt64 CODEC(T64, ZSTD(1)),
    `output_text` UInt64 CODEC(T64, ZSTD(1)),
    `reasoning` UInt64 CODEC(T64, ZSTD(1)),
    `output_audio` UInt64 CODEC(T64, ZSTD(1)),
    `usage_source` LowCardinality(String),
    `cost_usd` Nullable(Decimal(38, 12)) CODEC(ZSTD(1)),
    `cost_source` LowCardinality(String),
    `attributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `events` String CODEC(ZSTD(1)),
    `input_messages` String CODEC(ZSTD(3)),
    `output_messages` String CODEC(ZSTD(3)),
    `parameters` String CODEC(ZSTD(1)),
    `variables` String CODEC(ZSTD(1)),
    `input_preview` String CODEC(ZSTD(1)),
    `output_preview` String CODEC(ZSTD(1)),
    `search_text` String CODEC(ZSTD(3)),
    `ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3),
    `source` LowCardinality(String) DEFAULT 'gateway',
    `dialect` LowCardinality(String),
    `scope` LowCardinality(String),
    `role` LowCardinality(String),
    `response_id` String CODEC(ZSTD(1)),
    `is_root` Bool DEFAULT kind = 'server',
    `is_call` Bool DEFAULT kind = 'server',
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX search_text_ngrams search_text TYPE text(tokenizer = ngrams(3)) GRANULARITY 100000000
)
ENGINE = ReplacingMergeTree(ingested_at)
PARTITION BY toDate(started_at)
ORDER BY (project_id, started_at, span_id)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192, exclude_materialize_skip_indexes_on_merge = 'search_text_ngrams', min_bytes_for_wide_part = 100000000, min_age_to_force_merge_seconds = 3600, min_age_to_force_merge_on_partition_only = 1;
