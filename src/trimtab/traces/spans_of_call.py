"""Turns the gateway's record of a call into spans and ledger entries. Pure.

One SERVER span stands for the request that came in, and beneath it one CLIENT span for each attempt at an upstream;
each attempt is one ledger entry. The root carries the messages, the sums over its attempts, and the identity of the
attempt that decided the answer, the last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from trimtab.base import money
from trimtab.costs import price_lines
from trimtab.costs.service import PriceSource, Quote
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.llm.usage import BUCKETS, Usage, UsageSource
from trimtab.traces import attributes, conversation
from trimtab.traces.span import Dimensions, Event, LedgerEntry, Span, SpanKind, Status
from trimtab.traces.whose import NOBODY, Whose, joined

# A caller that went away is not a failure of the service; it is told apart by its outcome.
_FINE = frozenset({Outcome.OK, Outcome.CLIENT_GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What one call becomes."""

    spans: list[Span]
    ledger: list[LedgerEntry]


def rows_of(call: Call, quotes: Sequence[Quote]) -> Rows:
    """Return the spans and ledger entries of `call`; `quotes` are the prices of its attempts, in order."""
    spans = [_root(call, quotes)]
    ledger = []
    for attempt, quote in zip(call.attempts, quotes, strict=True):
        spans.append(_attempt_span(call, attempt, quote))
        ledger.append(_ledger_entry(call, attempt, quote))
    return Rows(spans=spans, ledger=ledger)


def place(spans: Sequence[Span], roots: Mapping[str, bool]) -> list[Span]:
    """Return the spans, each call's root told whether it stands for its trace; `roots` says so by span id."""
    return [
        span if roots.get(span.span_id, span.is_root) == span.is_root else replace(span, is_root=not span.is_root)
        for span in spans
    ]


def said(dimensions: Call | Dimensions) -> Whose:
    """Return whose a call says that it is."""
    return Whose(*(getattr(dimensions, name) for name in Whose._fields))


def take_over(rows: Rows, heirs: Mapping[str, Whose]) -> Rows:
    """Return the rows, with what calls take over from the spans above them; `heirs` says so by the call's span id."""
    if not heirs:
        return rows
    spans = [
        replace(span, dimensions=_filled(span.dimensions, heirs.get(_call_of(span), NOBODY))) for span in rows.spans
    ]
    ledger = [
        replace(entry, dimensions=_filled(entry.dimensions, heirs.get(entry.call_span_id, NOBODY)))
        for entry in rows.ledger
    ]
    return Rows(spans=spans, ledger=ledger)


def _call_of(span: Span) -> str:
    return span.parent_span_id if span.kind is SpanKind.CLIENT else span.span_id


def _filled(dimensions: Dimensions, inherited: Whose) -> Dimensions:
    return replace(dimensions, **joined(said(dimensions), inherited)._asdict())


def has_content(attempt: Attempt) -> bool:
    """Say whether an upstream had begun to answer, so that it may bill for what it had written."""
    return attempt.first_token_ns is not None and (attempt.status_code or 0) < 400  # noqa: PLR2004 - HTTP


def _root(call: Call, quotes: Sequence[Quote]) -> Span:
    last = call.attempts[-1] if call.attempts else None
    inputs = conversation.read_input(call.input_messages)
    outputs = conversation.read_output(call.output_messages)
    usage = _sum(call.attempts)
    is_fine = call.outcome in _FINE
    return Span(
        project_id=call.project_id,
        trace_id=call.trace_id,
        span_id=call.span_id,
        parent_span_id=call.parent_span_id,
        request_id=call.request_id,
        started_ns=call.started_ns,
        duration_ns=max(0, call.ended_ns - call.started_ns),
        ttft_ns=_ttft(call, last),
        name=f"{call.operation} {call.requested_model}".strip(),
        kind=SpanKind.SERVER,
        operation=call.operation,
        status=Status.OK if is_fine else Status.ERROR,
        status_message=call.error_message,
        error_code=call.error_code or ("" if is_fine else call.outcome.value),
        requested_model=call.requested_model,
        stream=call.stream,
        dimensions=_dimensions(call, last, outcome=call.outcome, status_code=call.status_code),
        usage=usage,
        usage_source=_usage_source(call),
        cost_usd=money.total(quote.cost_usd for quote in quotes),
        cost_source=_cost_source(quotes),
        attributes=attributes.of_call(call, usage),
        input_messages=_text(call.input_messages),
        output_messages=_text(call.output_messages),
        parameters=_text(call.parameters),
        variables=_text(call.variables),
        input_preview=conversation.preview(conversation.last_user(inputs)),
        output_preview=conversation.preview(outputs[0] if outputs else None),
        search_text=conversation.searchable(inputs, outputs),
        is_root=True,
        is_call=True,
    )


def _attempt_span(call: Call, attempt: Attempt, quote: Quote) -> Span:
    is_fine = attempt.outcome in _FINE
    first = attempt.first_token_ns
    return Span(
        project_id=call.project_id,
        trace_id=call.trace_id,
        span_id=attempt.span_id,
        parent_span_id=call.span_id,
        request_id=call.request_id,
        started_ns=attempt.started_ns,
        duration_ns=max(0, attempt.ended_ns - attempt.started_ns),
        ttft_ns=None if first is None else max(0, first - attempt.started_ns),
        name=f"{call.operation} {attempt.model}",
        kind=SpanKind.CLIENT,
        operation=call.operation,
        status=Status.OK if is_fine else Status.ERROR,
        status_message=attempt.error_message,
        error_code="" if is_fine else attempt.error_type or attempt.outcome.value,
        requested_model=call.requested_model,
        stream=call.stream,
        dimensions=_dimensions(call, attempt, outcome=attempt.outcome, status_code=attempt.status_code or 0),
        usage=attempt.usage or Usage(),
        usage_source=attempt.usage_source.value,
        cost_usd=quote.cost_usd,
        cost_source=quote.source.value,
        attributes=attributes.of_attempt(call, attempt),
        role="model",
        response_id=attempt.response_id,
        events=_events(attempt),
    )


def _ledger_entry(call: Call, attempt: Attempt, quote: Quote) -> LedgerEntry:
    return LedgerEntry(
        project_id=call.project_id,
        trace_id=call.trace_id,
        span_id=attempt.span_id,
        call_span_id=call.span_id,
        request_id=call.request_id,
        called_ns=call.started_ns,
        at_ns=attempt.started_ns,
        service_tier=attempt.service_tier,
        dimensions=_dimensions(call, attempt, outcome=attempt.outcome, status_code=attempt.status_code or 0),
        usage=attempt.usage or Usage(),
        usage_source=attempt.usage_source.value,
        cost_usd=quote.cost_usd,
        price_source=quote.source.value,
        price_version=quote.version,
        price_lines=price_lines.encode(quote.lines),
        formula=quote.formula,
    )


def _dimensions(call: Call, attempt: Attempt | None, *, outcome: Outcome, status_code: int) -> Dimensions:
    prompt = call.prompt
    return Dimensions(
        environment=call.environment,
        key_id=call.key_id,
        feature=call.feature,
        user_id=call.user_id,
        session_id=call.session_id,
        team=call.team,
        prompt_name=prompt.name if prompt else "",
        prompt_version=prompt.version if prompt else 0,
        release_id=prompt.release_id if prompt else "",
        arm=prompt.arm if prompt else "",
        provider=attempt.provider if attempt else "",
        provider_kind=attempt.provider_kind if attempt else "",
        model=attempt.model if attempt else "",
        response_model=attempt.response_model if attempt else "",
        outcome=outcome.value,
        status_code=status_code,
        is_sample=call.is_sample,
    )


def _ttft(call: Call, last: Attempt | None) -> int | None:
    # A plain answer comes in one piece: its first byte says nothing about the model's first token.
    if not call.stream or last is None or last.first_token_ns is None:
        return None
    return max(0, last.first_token_ns - call.started_ns)


def _events(attempt: Attempt) -> list[Event]:
    events = []
    if attempt.first_token_ns is not None:
        events.append(Event(name="gen_ai.first_token", at_ns=attempt.first_token_ns))
    if attempt.error_message or attempt.error_type:
        events.append(
            Event(
                name="gen_ai.client.operation.exception",
                at_ns=max(attempt.ended_ns, attempt.started_ns),
                attributes={"exception.type": attempt.error_type, "exception.message": attempt.error_message},
            )
        )
    return events


def _sum(attempts: Sequence[Attempt]) -> Usage:
    known = [attempt.usage for attempt in attempts if attempt.usage is not None]
    return Usage(**{bucket: sum(getattr(usage, bucket) for usage in known) for bucket in BUCKETS})


def _usage_source(call: Call) -> str:
    sources = {attempt.usage_source for attempt in call.attempts if attempt.usage is not None}
    if not sources:
        return UsageSource.NONE.value
    return (UsageSource.ESTIMATED if UsageSource.ESTIMATED in sources else UsageSource.PROVIDER).value


def _cost_source(quotes: Sequence[Quote]) -> str:
    """Say where a sum comes from: unknown beats estimated beats counted beats the kinds of zero."""
    found = {quote.source for quote in quotes} or {PriceSource.NOT_BILLED}
    ranking = (
        PriceSource.NONE,
        PriceSource.ESTIMATED,
        PriceSource.PROVIDER,
        PriceSource.LOCAL,
        PriceSource.NOT_BILLED,
    )
    return next(source.value for source in ranking if source in found)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
