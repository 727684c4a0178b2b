"""What another ingest policy would have done with spans that came. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from trimtab.base import money
from trimtab.traces.ingest_policy import Fate, IngestPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A span that came, as far as a policy asks for it."""

    trace_id: str
    span_id: str
    parent_span_id: str
    is_related: bool
    """Whether it is part of an LLM application."""
    rule: int | None
    """The place of the first of the policy's rules that fits it."""
    is_call: bool = False
    cost_usd: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class Forecast:
    """What would have become of them."""

    fates: Counter[Fate] = field(default_factory=Counter)
    reasons: Counter[tuple[Fate, str]] = field(default_factory=Counter)
    """Why some would not have been kept."""
    calls_lost: int = 0
    """Calls to models among those: they would be missing from the ledger."""
    cost_lost_usd: Decimal = money.ZERO


def foresee(policy: IngestPolicy, spans: Iterable[Seen]) -> Forecast:
    """Return what the policy would have done, had it been in force when these spans came."""
    traces: defaultdict[str, dict[str, Seen]] = defaultdict(dict)
    for span in spans:
        traces[span.trace_id][span.span_id] = span
    forecast = Forecast()
    for trace in traces.values():
        above = _above(policy, trace)
        for span in trace.values():
            fate, reason = _fate(policy, span, is_needed=span.span_id in above)
            forecast.fates[fate] += 1
            if fate is Fate.KEEP:
                continue
            forecast.reasons[fate, reason] += 1
            if span.is_call:
                forecast.calls_lost += 1
                forecast.cost_lost_usd += span.cost_usd or money.ZERO
    return forecast


def _above(policy: IngestPolicy, trace: Mapping[str, Seen]) -> set[str]:
    """Return the spans that lie above one that is kept; a span that a rule drops is not there to lead further up."""
    found: set[str] = set()
    for span in trace.values():
        if _fate(policy, span, is_needed=False)[0] is not Fate.KEEP:
            continue
        step = trace.get(span.parent_span_id)
        while step is not None and step.span_id not in found:
            if step.rule is not None and policy.rules[step.rule].fate is Fate.DROP:
                break
            found.add(step.span_id)
            step = trace.get(step.parent_span_id)
    return found


def _fate(policy: IngestPolicy, span: Seen, *, is_needed: bool) -> tuple[Fate, str]:
    rule = None if span.rule is None else policy.rules[span.rule]
    if rule is not None and rule.fate is Fate.DROP:
        return Fate.DROP, rule.reason
    wanted = rule is None and (span.is_related or policy.unrelated is Fate.KEEP)
    if wanted or is_needed:
        return Fate.KEEP, ""
    return policy.unneeded(span.trace_id, rule)
