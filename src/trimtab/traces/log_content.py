"""Log records that carry what a span leaves out: messages in EVENT_ONLY mode, and judgements. Pure.

A record belongs to its span by trace and span id. It may come before the span or after it; either way what it says
becomes part of the span.
"""

import hashlib
from collections.abc import Sequence
from typing import Final

from trimtab.storage.warehouse.port import Row
from trimtab.traces import conversation
from trimtab.traces.dialects import content, gen_ai
from trimtab.traces.dialects.reading import Reading, Score
from trimtab.traces.otlp.value import Attributes, Event, LogRecord, Span
from trimtab.traces.store.telemetry import LogRow, ScoreRow

EVALUATION: Final = "gen_ai.evaluation.result"
DETAILS: Final = "gen_ai.client.inference.operation.details"
_MESSAGES: Final = frozenset(
    {
        "gen_ai.system.message",
        "gen_ai.user.message",
        "gen_ai.assistant.message",
        "gen_ai.tool.message",
        "gen_ai.choice",
    }
)
CONTENT: Final = frozenset({DETAILS, *_MESSAGES})
"""Events whose content belongs to the span that they name."""


def is_wanted(record: LogRecord) -> bool:
    """Say whether a record is part of an LLM application: by its event's name or by its attributes."""
    return record.event_name.startswith("gen_ai.") or any(name.startswith("gen_ai.") for name in record.attributes)


def row_of(record: LogRecord, project_id: str) -> LogRow:
    """Return the record as it is stored."""
    body = content.text(record.body)
    attributes = {name: content.text(value) for name, value in record.attributes.items()}
    said = repr((record.trace_id, record.span_id, record.at_ns, record.event_name, body, sorted(attributes.items())))
    return LogRow(
        project_id=project_id,
        trace_id=record.trace_id,
        span_id=record.span_id,
        record_id=hashlib.sha256(said.encode()).hexdigest()[:32],
        at_ns=record.at_ns,
        event_name=record.event_name,
        severity=record.severity,
        body=body,
        attributes=attributes,
    )


def score_of(record: LogRecord, project_id: str) -> ScoreRow | None:
    """Return the judgement that a `gen_ai.evaluation.result` holds, or None when it has no name."""
    found: Attributes = record.attributes | (record.body if isinstance(record.body, dict) else {})
    name = content.text(found.get("gen_ai.evaluation.name"))
    value = found.get("gen_ai.evaluation.score.value")
    if not name:
        return None
    return _score_row(
        Score(
            name=name,
            value=float(value) if isinstance(value, (int, float)) else None,
            label=content.text(found.get("gen_ai.evaluation.score.label")),
            explanation=content.text(found.get("gen_ai.evaluation.explanation")),
            source="otlp",
        ),
        project_id=project_id,
        span_ids=(record.trace_id, record.span_id),
        at_ns=record.at_ns,
        response_id=content.text(found.get("gen_ai.response.id")),
        error_type=content.text(found.get("error.type")),
    )


def scores_of_span(span: Span, reading: Reading, project_id: str) -> list[ScoreRow]:
    """Return the judgements that a span carries itself."""
    return [
        _score_row(
            score,
            project_id=project_id,
            span_ids=(span.trace_id, span.span_id),
            at_ns=span.end_ns or span.start_ns,
            response_id=reading.response_id,
        )
        for score in reading.scores
    ]


def _score_row(
    score: Score,
    *,
    project_id: str,
    span_ids: tuple[str, str],
    at_ns: int,
    response_id: str = "",
    error_type: str = "",
) -> ScoreRow:
    trace_id, span_id = span_ids
    said = repr((trace_id, span_id, response_id, at_ns, score.name, score.value, score.label, score.source))
    return ScoreRow(
        project_id=project_id,
        score_id=hashlib.sha256(said.encode()).hexdigest()[:32],
        trace_id=trace_id,
        span_id=span_id,
        response_id=response_id,
        session_id="",
        at_ns=at_ns,
        name=score.name,
        value=score.value,
        label=score.label,
        explanation=score.explanation,
        source=score.source or "otlp",
        error_type=error_type,
    )


def of_row(row: Row) -> LogRecord:
    """Return a stored record as it was."""
    body = content.parsed(row["body"])
    return LogRecord(
        at_ns=row["at_ns"],
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        event_name=row["event_name"],
        body=row["body"] if body is None else body,
        attributes=dict(row["attributes"]),
    )


def join(span: Span, records: Sequence[LogRecord]) -> None:
    """Give the span what the records say of it; what it says itself goes before."""
    details = [record for record in records if record.event_name not in _MESSAGES]
    for record in details:
        said = record.attributes | (record.body if isinstance(record.body, dict) else {})
        span.attributes = {name: value for name, value in said.items() if name != "event.name"} | span.attributes
    messages = sorted((record for record in records if record.event_name in _MESSAGES), key=lambda each: each.at_ns)
    span.events = [*span.events, *(_event(record) for record in messages)]


def _event(record: LogRecord) -> Event:
    body = record.body if isinstance(record.body, dict) else {"content": record.body} if record.body else {}
    return Event(name=record.event_name, at_ns=record.at_ns, attributes=record.attributes | body)


def join_stored(row: Row, records: Sequence[LogRecord]) -> bool:
    """Give a stored span what the records say of it; changes `row` and says whether there was anything to change."""
    span = Span(trace_id=row["trace_id"], span_id=row["span_id"], start_ns=row["started_ns"])
    join(span, records)
    reading = gen_ai.read(span)
    changed = False
    for name in ("input_messages", "output_messages"):
        said = getattr(reading, name)
        if said and not row[name]:
            row[name] = said
            changed = True
    if changed:
        inputs = conversation.read_input(row["input_messages"])
        outputs = conversation.read_output(row["output_messages"])
        row["input_preview"] = conversation.preview(conversation.last_user(inputs))
        row["output_preview"] = conversation.preview(outputs[0] if outputs else None)
        row["search_text"] = conversation.searchable(inputs, outputs)
    return changed
