"""A span as a query sees it, for whoever asks before, or without, the warehouse. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from trimtab.query.evaluate import Score, Subject
from trimtab.query.expression import Value
from trimtab.traces.span import Span, Status


def subject_of(span: Span, scores: Mapping[str, Sequence[Score]] | None = None, tags: Sequence[str] = ()) -> Subject:
    """Return the span's values by the names that the query language has for them, with its scores and its tags."""
    cut = span.dimensions
    usage = span.usage
    texts: dict[str, str | tuple[str, ...]] = {
        "status": "error" if span.status is Status.ERROR else "ok",
        "kind": span.role,
        "model": (cut.model, f"{cut.provider}/{cut.model}" if cut.model else ""),
        "provider": cut.provider,
        "prompt": cut.prompt_name,
        "feature": cut.feature,
        "environment": cut.environment,
        "user": cut.user_id,
        "session": cut.session_id,
        "team": cut.team,
        "message": span.search_text,
        "name": span.name,
        "operation": span.operation,
        "side": span.kind.value,
        "outcome": cut.outcome,
        "error.code": span.error_code,
        "status.message": span.status_message,
        "release": cut.release_id,
        "arm": cut.arm,
        "model.requested": span.requested_model,
        "model.response": cut.response_model,
        "provider.kind": cut.provider_kind,
        "key": cut.key_id,
        "trace.id": span.trace_id,
        "span.id": span.span_id,
        "request.id": span.request_id,
        "response.id": span.response_id,
        "source": span.source,
        "dialect": span.dialect,
        "scope": span.scope,
    }
    measures: dict[str, int | Decimal | None] = {
        "duration": span.duration_ns,
        "ttft": span.ttft_ns,
        "cost": span.cost_usd,
        "tokens.input": usage.input_total,
        "tokens.output": usage.output_total,
        "tokens.total": usage.input_total + usage.output_total,
        "tokens.cached": usage.cache_read,
        "tokens.reasoning": usage.reasoning,
        "input.size": len(span.input_messages.encode()),
        "output.size": len(span.output_messages.encode()),
        "http.status": cut.status_code or None,
        "prompt.version": cut.prompt_version or None,
    }
    values: dict[str, Value | tuple[str, ...]] = {
        **texts,
        "stream": span.stream,
        "sample": cut.is_sample,
        "call": span.is_call,
        "root": span.is_root,
        "tag": tuple(tags),
    }
    values |= {name: Decimal(amount) for name, amount in measures.items() if amount is not None}
    return Subject(
        values=values,
        attributes=span.attributes,
        scores=scores or {},
        started_ns=span.started_ns,
        ended_ns=span.started_ns + span.duration_ns,
    )
