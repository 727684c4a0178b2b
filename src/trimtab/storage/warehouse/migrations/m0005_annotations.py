"""What people say about traces and their spans: comments, tags, corrections; and what they take back."""

from trimtab.storage.warehouse.migrations.step import Step
from trimtab.storage.warehouse.tables import Layout, Table, create, drop

ANNOTATIONS = Table(
    name="annotations",
    columns="""
    project_id LowCardinality(String),
    annotation_id String CODEC(ZSTD(1)),
    trace_id String CODEC(ZSTD(1)),
    span_id String CODEC(ZSTD(1)),
    at DateTime64(9, 'UTC') CODEC(Delta, ZSTD(1)),
    kind LowCardinality(String),
    text String CODEC(ZSTD(3)),
    author_id LowCardinality(String),
    author LowCardinality(String),
    created_at DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    revised_at DateTime64(9, 'UTC') CODEC(ZSTD(1)),
    is_deleted Bool,
    INDEX trace_id_bloom trace_id TYPE bloom_filter(0.001) GRANULARITY 1
    """,
    partition_by="toDate(at)",
    order_by="(project_id, at, annotation_id)",
    version="revised_at",
    shard_by="cityHash64(trace_id)",
)
"""`at` is the start of the trace, so that a question about a range of traces reads the same range here."""


def _forward(layout: Layout) -> list[str]:
    return create(ANNOTATIONS, layout)


def _back(layout: Layout) -> list[str]:
    return drop("annotations", layout)


STEP = Step(number=5, name="annotations", forward=_forward, back=_back)
