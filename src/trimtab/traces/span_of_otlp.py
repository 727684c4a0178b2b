"""Turns a span that an application sent into a native span, and into a ledger entry if it is a call. Pure.

Runs for every span that arrives; what is the same for many of them (the resource, the rendering of plain values) is
done once.
"""

from datetime import UTC, datetime
from typing import Final

import msgspec

from trimtab.base import money
from trimtab.costs import price_lines
from trimtab.costs.service import PriceBook, PriceSource, Quote
from trimtab.llm.call import Outcome
from trimtab.llm.usage import Usage, UsageSource
from trimtab.traces import conversation
from trimtab.traces.dialects import content, provider
from trimtab.traces.dialects.reading import BILLED, Reading, Role
from trimtab.traces.otlp import value as otlp
from trimtab.traces.sender import Sender
from trimtab.traces.span import Dimensions, Event, LedgerEntry, Span, SpanKind, Status
from trimtab.traces.whose import NOBODY, Whose, joined

SOURCE: Final = "otlp"
COUNTED_ELSEWHERE_VERSION: Final = "counted-elsewhere/1"
REPORTED_VERSION: Final = "reported/1"

_NS_PER_S: Final = 1_000_000_000
_KINDS: Final = (
    SpanKind.INTERNAL,
    SpanKind.INTERNAL,
    SpanKind.SERVER,
    SpanKind.CLIENT,
    SpanKind.PRODUCER,
    SpanKind.CONSUMER,
)
_STATUSES: Final = (Status.UNSET, Status.OK, Status.ERROR)
_ERROR: Final = 2
# An enumeration's `.value` costs more than the rest of its line.
_NOT_USED, _PROVIDER = UsageSource.NONE.value, UsageSource.PROVIDER.value
_NOT_BILLED: Final = PriceSource.NOT_BILLED.value
_FINE, _FAILED = Outcome.OK.value, Outcome.UPSTREAM_ERROR.value
_ROLES: Final[dict[Role | None, str]] = {None: "", **{role: role.value for role in Role}}
_NO_USAGE: Final = Usage()
_NO_EVENTS: Final[list[Event]] = []
_LARGEST_STATUS: Final = 599


class Made(msgspec.Struct, kw_only=True, gc=False):
    """A span with what it was made from. `entry` is None for a span that is no call."""

    span: Span
    reading: Reading
    entry: LedgerEntry | None


def is_billed(span: otlp.Span, reading: Reading) -> bool:
    """Say whether a span stands for one request to a model, so that it belongs into the ledger.

    One that names no usage is one as well once it has ended: it failed, or it is billed an amount that nobody knows.
    """
    if reading.role not in BILLED:
        return False
    if reading.usage is not None:
        return True
    if not span.end_ns or reading.operation == "fetch_response":
        return False
    named = bool(reading.request_model or reading.response_model)
    return has_failed(span, reading) or (reading.role is Role.MODEL and named)


def is_free(span: otlp.Span, reading: Reading) -> bool:
    """Say whether a request was turned away: it failed before anything was written, and nobody speaks of usage."""
    is_silent = not reading.output_messages and reading.first_token_at_ns is None and reading.ttft_ns is None
    return has_failed(span, reading) and reading.usage is None and reading.reported_cost_usd is None and is_silent


def has_failed(span: otlp.Span, reading: Reading) -> bool:
    """Say whether a span ended in an error, by its status or in the words of its dialect."""
    return span.status_code == _ERROR or reading.is_error


class Place(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Where a span stands among the others of its trace."""

    is_root: bool = False
    counted_in: str = ""
    """The span that carries the cost of the same call; empty when this one does."""
    inherited: Whose = NOBODY
    """What the spans above it say of what it does not say itself."""


def make(span: otlp.Span, dialect: str, reading: Reading, *, place: Place, sender: Sender, prices: PriceBook) -> Made:
    """Return the native span and, for a call, its ledger entry."""
    dimensions = _dimensions(span, reading, sender, place.inherited)
    quote = None
    if named := prices.provider_named(sender.project_id, _provider_names(span, reading)):
        dimensions = msgspec.structs.replace(dimensions, provider=named)
    if is_billed(span, reading):
        quote = elsewhere(place.counted_in) if place.counted_in else _quote(span, reading, dimensions, sender, prices)
    native = _native(span, dialect, reading, dimensions, project_id=sender.project_id, place=place, quote=quote)
    return Made(span=native, reading=reading, entry=_entry(native, reading, quote) if quote else None)


def unpriced(span: otlp.Span, dialect: str, reading: Reading, sender: Sender) -> Span:
    """Return the native span as a rule sees it before anybody knows whether it is stored: without a price."""
    dimensions = _dimensions(span, reading, sender, NOBODY)
    return _native(span, dialect, reading, dimensions, project_id=sender.project_id, place=Place(), quote=None)


def _native(
    span: otlp.Span,
    dialect: str,
    reading: Reading,
    dimensions: Dimensions,
    *,
    project_id: str,
    place: Place,
    quote: Quote | None,
) -> Span:
    is_error = has_failed(span, reading)
    inputs = conversation.read_input(reading.input_messages) if reading.input_messages else []
    outputs = conversation.read_output(reading.output_messages) if reading.output_messages else []
    usage_source = _NOT_USED if reading.usage is None else _PROVIDER
    return Span(
        project_id=project_id,
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        request_id="",
        started_ns=span.start_ns,
        duration_ns=max(0, span.end_ns - span.start_ns),
        ttft_ns=_ttft(span, reading),
        name=span.name,
        kind=_KINDS[span.kind] if 0 <= span.kind < len(_KINDS) else SpanKind.INTERNAL,
        operation=reading.operation,
        status=Status.ERROR if is_error else _STATUSES[span.status_code] if span.status_code < 3 else Status.UNSET,  # noqa: PLR2004 - OTLP's three
        status_message=span.status_message or reading.status_message,
        error_code=_error_code(span, reading) if is_error else "",
        requested_model=reading.request_model,
        stream=bool(reading.stream),
        dimensions=dimensions,
        usage=reading.usage or _NO_USAGE,
        usage_source=usage_source,
        cost_usd=quote.cost_usd if quote else None,
        cost_source=quote.source.value if quote else _NOT_BILLED,
        attributes=_attributes(span, reading),
        events=[_event(each) for each in span.events] if span.events else _NO_EVENTS,
        input_messages=reading.input_messages,
        output_messages=reading.output_messages,
        parameters=content.json(reading.parameters) if reading.parameters else "",
        input_preview=conversation.preview(conversation.last_user(inputs)) if inputs else "",
        output_preview=conversation.preview(outputs[0]) if outputs else "",
        search_text=conversation.searchable(inputs, outputs) if inputs or outputs else "",
        source=SOURCE,
        dialect=dialect,
        scope=span.scope.name,
        role=_ROLES[reading.role],
        response_id=reading.response_id,
        is_root=place.is_root,
        is_call=quote is not None and not place.counted_in,
    )


def elsewhere(span_id: str) -> Quote:
    """Return the price of a report whose call another span accounts for."""
    return Quote(
        cost_usd=money.ZERO,
        source=PriceSource.COUNTED_ELSEWHERE,
        version=COUNTED_ELSEWHERE_VERSION,
        formula=counted_in(span_id),
    )


def counted_in(span_id: str) -> str:
    """Return why such a report costs nothing here."""
    return f"the same call is counted in span {span_id} = $0 here"


def plain(span: otlp.Span) -> Reading:
    """Return the reading of a span that no dialect knows, kept because a model call lies beneath it."""
    return Reading(role=None, session_id=content.text(span.attributes.get("session.id")))


def _entry(span: Span, reading: Reading, quote: Quote) -> LedgerEntry:
    return LedgerEntry(
        project_id=span.project_id,
        trace_id=span.trace_id,
        span_id=span.span_id,
        call_span_id=span.span_id,
        request_id="",
        called_ns=span.started_ns,
        at_ns=span.started_ns,
        service_tier=reading.service_tier,
        dimensions=span.dimensions,
        usage=_NO_USAGE if quote.source is PriceSource.COUNTED_ELSEWHERE else span.usage,
        usage_source=span.usage_source,
        cost_usd=quote.cost_usd,
        price_source=quote.source.value,
        price_version=quote.version,
        price_lines=price_lines.encode(quote.lines),
        formula=quote.formula,
    )


def _quote(span: otlp.Span, reading: Reading, dimensions: Dimensions, sender: Sender, prices: PriceBook) -> Quote:
    free = is_free(span, reading)
    quote = prices.quote(
        project_id=sender.project_id,
        provider_kind=dimensions.provider_kind,
        provider=dimensions.provider,
        model=dimensions.model,
        response_model=dimensions.response_model,
        service_tier=reading.service_tier,
        usage=reading.usage,
        usage_source=UsageSource.PROVIDER if reading.usage is not None else UsageSource.NONE,
        outcome=Outcome.UPSTREAM_ERROR if free else Outcome.OK,
        has_content=not free,
        at=datetime.fromtimestamp(span.start_ns // _NS_PER_S, UTC),
        is_counted=reading.reported_cost_usd is None,
    )
    if quote.cost_usd is not None or reading.reported_cost_usd is None:
        return quote
    said = money.text(reading.reported_cost_usd)
    return Quote(
        cost_usd=reading.reported_cost_usd,
        source=PriceSource.REPORTED,
        version=REPORTED_VERSION,
        formula=f"the sender says that it cost ${said}; {quote.formula}",
    )


def said(span: otlp.Span, reading: Reading) -> Whose:
    """Return whose a span says that it is."""
    found = span.attributes
    return Whose(
        user_id=reading.user_id or content.first_text(found, "user.id", "enduser.id"),
        session_id=reading.session_id or content.text(found.get("session.id")),
        feature=reading.feature or content.text(found.get("trimtab.feature")),
        team=reading.team or content.text(found.get("trimtab.team")),
        environment=reading.environment or _environment(span.scope),
    )


def _dimensions(span: otlp.Span, reading: Reading, sender: Sender, inherited: Whose) -> Dimensions:
    found = span.attributes
    whose = joined(said(span, reading), inherited)
    model = reading.request_model or reading.response_model
    kind = provider.kind(reading.provider, model) if model or reading.provider else ""
    status_code = found.get("http.response.status_code", 0)
    return Dimensions(
        environment=whose.environment or sender.environment,
        key_id=sender.key_id,
        feature=whose.feature,
        user_id=whose.user_id,
        session_id=whose.session_id,
        team=whose.team,
        prompt_name=reading.prompt_name,
        prompt_version=min(reading.prompt_version or 0, 2**32 - 1),
        release_id=content.text(found.get("trimtab.release.id")),
        arm=content.text(found.get("trimtab.release.arm")),
        provider=kind,
        provider_kind=kind,
        model=model,
        response_model=reading.response_model,
        outcome=_FAILED if has_failed(span, reading) else _FINE,
        status_code=status_code if type(status_code) is int and 0 <= status_code <= _LARGEST_STATUS else 0,
    )


def _provider_names(span: otlp.Span, reading: Reading) -> list[str]:
    """Return what the provider of a call may be called in the project: its name, or the address of its server."""
    names = (reading.provider, content.text(span.attributes.get("server.address")))
    return [name for name in names if name]


def _environment(scope: otlp.Scope) -> str:
    return content.first_text(scope.resource, "deployment.environment.name", "deployment.environment")


def _ttft(span: otlp.Span, reading: Reading) -> int | None:
    if reading.ttft_ns is not None:
        return reading.ttft_ns
    if reading.first_token_at_ns is None:
        return None
    return max(0, reading.first_token_at_ns - span.start_ns)


def _error_code(span: otlp.Span, reading: Reading) -> str:
    said = reading.error_type or content.text(span.attributes.get("error.type"))
    if said:
        return said
    raised = next((event for event in span.events if event.name.endswith("exception")), None)
    return (content.text(raised.attributes.get("exception.type")) if raised else "") or "error"


def _event(event: otlp.Event) -> Event:
    attributes = {name: content.text(found) for name, found in event.attributes.items()}
    return Event(name=event.name, at_ns=event.at_ns, attributes=attributes)


def _attributes(span: otlp.Span, reading: Reading) -> dict[str, str]:
    read = reading.read_keys
    found = {
        name: value if type(value) is str else str(value) if type(value) is int else content.text(value)
        for name, value in span.attributes.items()
        if name not in read
    }
    found.update(of_scope(span.scope))
    if span.links:
        found["otel.links"] = content.json(span.links)
    if span.trace_state:
        found["otel.trace_state"] = span.trace_state
    if span.kind >= len(_KINDS) or span.status_code > _ERROR:
        found["otel.unknown"] = f"kind {span.kind}, status {span.status_code}"
    if reading.reported_cost_usd is not None:
        found["trimtab.reported_cost_usd"] = money.text(reading.reported_cost_usd) or ""
    return found


def of_scope(scope: otlp.Scope) -> dict[str, str]:
    """Return a resource and its scope as attributes of each of their spans; made once for each scope."""
    rendered = _scopes.get(id(scope))
    if rendered is not None and rendered[0] is scope:
        return rendered[1]
    found = {f"resource.{name}": content.text(value) for name, value in scope.resource.items()}
    if scope.name:
        found["otel.scope.name"] = scope.name
    if scope.version:
        found["otel.scope.version"] = scope.version
    if len(_scopes) >= _MOST_SCOPES:
        _scopes.clear()
    _scopes[id(scope)] = (scope, found)
    return found


_MOST_SCOPES: Final = 256
# By identity, with the scope itself so that its id is not given to another one meanwhile. A race fills it twice.
_scopes: dict[int, tuple[otlp.Scope, dict[str, str]]] = {}
