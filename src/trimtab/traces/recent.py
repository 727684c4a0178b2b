"""What is remembered of recent traces, so that spans that belong together are told so in whatever order they come.

Four questions need more than one span: which span stands for the trace in lists, which spans lie above a model call,
which of several spans that report one call is counted, and whose a call is that does not say so itself. The answers are
kept here and change as spans arrive; a change that concerns a stored span is returned as a `Change`, and whoever stores
the batch carries it out.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from trimtab.llm.usage import Usage
from trimtab.traces.whose import NOBODY, Whose, inherited, joined

_MOST_SPANS: Final = 100_000
_MOST_RESPONSES: Final = 50_000
_MOST_FORGOTTEN: Final = 300_000
_DEEPEST: Final = 10_000
"""A chain of parents longer than this goes in a circle."""
SLACK_NS: Final = 2_000_000_000
"""How far the clocks of an application and a gateway may differ for their spans to be one call."""


Answers = tuple[bool, str, Whose]
"""Whether a span is a root, where it is counted, and what it takes over from those above it."""


class Known(msgspec.Struct, kw_only=True, gc=False):
    """What is remembered of one span."""

    project_id: str
    trace_id: str
    span_id: str
    parent_span_id: str
    started_ns: int
    ended_ns: int
    is_gateway: bool = False
    is_billed: bool = False
    """Whether it reports a call to a model."""
    inherits: bool = False
    """Whether it reports a call, also where each report counts: it takes over whose it is from the spans above it."""
    said: Whose = NOBODY
    """Whose it says that it is."""
    inherited: Whose = NOBODY
    """What the nearest spans above say of what it does not say itself."""
    response_id: str = ""
    usage: Usage | None = None
    is_free: bool = False
    """Whether it reports a call that was turned away before it could cost anything."""
    is_kept: bool = True
    """False for a span put aside: it only connects others."""
    is_root: bool = False
    counted_in: str = ""
    """The span that carries this call's cost instead; empty when it is counted itself."""
    is_stored: bool = False
    written: Answers = (False, "", NOBODY)
    """The answers as they stand in the store."""

    @property
    def answers(self) -> Answers:
        """What is known of it by now."""
        return self.is_root, self.counted_in, self.inherited


@dataclass(slots=True)
class Trace:
    """One trace's spans by id, kept or put aside."""

    spans: dict[str, Known] = field(default_factory=dict)
    wanted: set[str] = field(default_factory=set)
    """Parents of kept spans that have not come yet."""
    roots: set[str] = field(default_factory=set)
    """Spans of applications without a parent."""
    stand_in: Known | None = None
    """The application's span that stands for the trace until its root comes."""
    gateway_calls: list[Known] = field(default_factory=list)
    """Calls of the gateway that stand for themselves, though something made them."""
    below: dict[str, list[Known]] = field(default_factory=dict)
    """Calls by the ancestor at which the way up ends, because it has not come yet."""


class RecentTraces:
    """The memory. Not safe to share: whoever uses it holds one lock around each batch."""

    def __init__(self) -> None:
        """Start without any memory."""
        self._traces: OrderedDict[tuple[str, str], Trace] = OrderedDict()
        self._span_count = 0
        self._by_response: OrderedDict[tuple[str, str], Known] = OrderedDict()
        self._forgotten: set[tuple[str, str]] = set()
        self._forgotten_before: set[tuple[str, str]] = set()

    def knows(self, project_id: str, trace_id: str) -> bool:
        """Say whether the trace is remembered."""
        return (project_id, trace_id) in self._traces

    def has_forgotten(self, project_id: str, trace_id: str) -> bool:
        """Say whether the trace was remembered and had to make room."""
        key = (project_id, trace_id)
        return key in self._forgotten or key in self._forgotten_before

    def reported(self, project_id: str, response_id: str) -> Known | None:
        """Return the call that had this response, if it is remembered; of several reports the one that counts."""
        return self._by_response.get((project_id, response_id))

    def trace(self, project_id: str, trace_id: str) -> Trace:
        """Return what is remembered of a trace, from now on as the newest."""
        key = (project_id, trace_id)
        found = self._traces.get(key)
        if found is None:
            found = self._traces[key] = Trace()
        else:
            self._traces.move_to_end(key)
        return found

    def add(self, known: Known) -> list[Known]:
        """Remember a span; return the spans whose answers changed by that, itself left out.

        A span that came before only keeps what is known of it, but for whose it is.
        """
        trace = self.trace(known.project_id, known.trace_id)
        before = trace.spans.get(known.span_id)
        if before is not None and (before.is_kept or not known.is_kept):
            changed = _say(trace, before, known.said)
            known.is_root, known.counted_in, known.inherited = before.answers
            return changed
        trace.spans[known.span_id] = known
        self._span_count += before is None
        changed = []
        if known.is_kept:
            self._place_root(trace, known, changed)
            trace.wanted.discard(known.span_id)
            if known.parent_span_id and not _is_kept(trace, known.parent_span_id):
                trace.wanted.add(known.parent_span_id)
        if known.is_billed:
            self._place_call(trace, known, changed)
        self._connect(trace, known, changed)
        self._make_room()
        return [each for each in changed if each is not known]

    def say(self, project_id: str, trace_id: str, span_id: str, said: Whose) -> list[Known]:
        """Note whose a span is that came before; return the spans whose answers changed by that."""
        trace = self.trace(project_id, trace_id)
        known = trace.spans.get(span_id)
        return [] if known is None else _say(trace, known, said)

    def put_back(self, stored: Sequence[Known]) -> list[Known]:
        """Remember spans as they are stored, the oldest first; return those whose answers no longer hold.

        A process that dies between storing a span and correcting another one leaves such behind.
        """
        changed: list[Known] = []
        for known in stored:
            trace = self.trace(known.project_id, known.trace_id)
            if known.span_id in trace.spans:
                continue
            trace.spans[known.span_id] = known
            self._span_count += 1
            known.is_stored, known.written = True, known.answers
            if known.is_kept:
                self._put_back_root(trace, known, changed)
        for trace in {
            id(trace): trace for trace in (self.trace(each.project_id, each.trace_id) for each in stored)
        }.values():
            trace.wanted = {
                known.parent_span_id
                for known in trace.spans.values()
                if known.is_kept and known.parent_span_id and not _is_kept(trace, known.parent_span_id)
            }
            if trace.roots or trace.stand_in is not None:
                self._demote(trace, changed)
        for known in stored:
            if known.inherits and known.is_stored:
                self._put_back_call(known, changed)
        return changed

    def _put_back_root(self, trace: Trace, known: Known, changed: list[Known]) -> None:
        if known.is_gateway:
            if known.is_root and known.parent_span_id:
                trace.gateway_calls.append(known)
        elif not known.parent_span_id:
            trace.roots.add(known.span_id)
        elif known.is_root:
            if trace.stand_in is not None:
                known.is_root = False
                changed.append(known)
            else:
                trace.stand_in = known

    def _put_back_call(self, known: Known, changed: list[Known]) -> None:
        trace = self.trace(known.project_id, known.trace_id)
        if known.is_billed and known.response_id and not known.counted_in:
            self._by_response.setdefault((known.project_id, known.response_id), known)
        end = _top(trace, known)
        if end:
            trace.below.setdefault(end, []).append(known)
        step = trace.spans.get(known.parent_span_id)
        for _ in range(_DEEPEST):
            if step is None:
                return
            if step.is_billed and known.is_billed:
                _count_once(step, known, changed)
            _inherit(step, known, changed)
            step = trace.spans.get(step.parent_span_id)

    def _demote(self, trace: Trace, changed: list[Known]) -> None:
        """Let no span stand for a trace beside its root, or beside the application's span that stands in for it."""
        demoted = list(trace.gateway_calls)
        trace.gateway_calls = []
        if trace.roots and trace.stand_in is not None:
            demoted.append(trace.stand_in)
            trace.stand_in = None
        for each in demoted:
            each.is_root = False
        changed += demoted

    def _place_root(self, trace: Trace, known: Known, changed: list[Known]) -> None:
        if known.is_gateway:
            # A call stands for itself in lists, until what made it is there to stand for all.
            known.is_root = not (known.parent_span_id and (trace.roots or trace.stand_in))
            if known.is_root and known.parent_span_id:
                trace.gateway_calls.append(known)
            return
        before = trace.stand_in
        if not known.parent_span_id:
            trace.roots.add(known.span_id)
        elif trace.roots or not (before is None or _is_above(trace, known, before)):
            return
        else:
            trace.stand_in = known
            if before is not None:
                before.is_root = False
                changed.append(before)
        known.is_root = True
        self._demote(trace, changed)

    def _place_call(self, trace: Trace, known: Known, changed: list[Known]) -> None:
        twin = self._twin(known)
        if twin is not None and twin is not known:
            loser = known if _wins(trace, twin, known) else twin
            winner = twin if loser is known else known
            if not loser.counted_in and not loser.is_gateway:
                loser.counted_in = winner.counted_in or winner.span_id
                changed.append(loser)
        if known.response_id:
            key = (known.project_id, known.response_id)
            if twin is None or twin.counted_in:
                self._by_response[key] = known
                self._by_response.move_to_end(key)
            while len(self._by_response) > _MOST_RESPONSES:
                self._by_response.popitem(last=False)

    def _twin(self, known: Known) -> Known | None:
        if not known.response_id:
            return None
        twin = self._by_response.get((known.project_id, known.response_id))
        if twin is None or twin.span_id == known.span_id:
            return None
        overlaps = twin.started_ns <= known.ended_ns + SLACK_NS and known.started_ns <= twin.ended_ns + SLACK_NS
        same = twin.usage is None or known.usage is None or _totals(twin.usage) == _totals(known.usage)
        return twin if overlaps and same else None

    def _connect(self, trace: Trace, known: Known, changed: list[Known]) -> None:
        """Go up from each call as far as its spans have come.

        A model call contains no other: what lies above a call and reports one too is its wrapper. And what lies above
        says whose the call is: the nearest first, as no way up goes on before all below has come.
        """
        waiting = trace.below.pop(known.span_id, [])
        if known.inherits:
            waiting.append(known)
        for call in waiting:
            step: Known | None = known if call is not known else trace.spans.get(known.parent_span_id)
            missing = known.parent_span_id if call is known and step is None else ""
            for _ in range(_DEEPEST):
                if step is None:
                    break
                if step.is_billed and call.is_billed:
                    _count_once(step, call, changed)
                _inherit(step, call, changed)
                missing = step.parent_span_id
                step = trace.spans.get(missing) if missing else None
            if missing:
                trace.below.setdefault(missing, []).append(call)

    def _make_room(self) -> None:
        while self._span_count > _MOST_SPANS and len(self._traces) > 1:
            key, trace = self._traces.popitem(last=False)
            self._span_count -= len(trace.spans)
            if len(self._forgotten) >= _MOST_FORGOTTEN:
                self._forgotten_before, self._forgotten = self._forgotten, set()
            self._forgotten.add(key)


def _count_once(upper: Known, lower: Known, changed: list[Known]) -> None:
    """Let one of two reports of a call count: the inner one, but the gateway's own whatever its place.

    An attempt that was turned away does not stand for the call around it, which went on and may have cost something.
    """
    is_attempt = lower.is_free and not upper.is_free and not lower.is_gateway
    loser, winner = (lower, upper) if upper.is_gateway or is_attempt else (upper, lower)
    if not loser.is_gateway and not loser.counted_in:
        loser.counted_in = winner.counted_in or winner.span_id
        changed.append(loser)


def _inherit(upper: Known, call: Known, changed: list[Known]) -> None:
    found = inherited(call.said, call.inherited, upper.said)
    if found != call.inherited:
        call.inherited = found
        changed.append(call)


def _say(trace: Trace, known: Known, said: Whose) -> list[Known]:
    """Note whose a span is that may have said nothing of it before, and tell the calls beneath it."""
    said = joined(said, known.said)
    if said == known.said:
        return []
    known.said = said
    changed: list[Known] = []
    for call in trace.spans.values():
        step = trace.spans.get(call.parent_span_id) if call.inherits else None
        for _ in range(_DEEPEST):
            if step is None:
                break
            _inherit(step, call, changed)
            step = trace.spans.get(step.parent_span_id)
    return changed


def _is_kept(trace: Trace, span_id: str) -> bool:
    found = trace.spans.get(span_id)
    return found is not None and found.is_kept


def _top(trace: Trace, known: Known) -> str:
    """Return the id of the first ancestor that has not come, or empty text when the way up ends at a root."""
    missing = known.parent_span_id
    for _ in range(_DEEPEST):
        found = trace.spans.get(missing) if missing else None
        if found is None:
            return missing
        missing = found.parent_span_id
    return ""


def _is_above(trace: Trace, upper: Known, lower: Known) -> bool:
    step = lower.parent_span_id
    for _ in range(_DEEPEST):
        if step == upper.span_id:
            return True
        found = trace.spans.get(step) if step else None
        if found is None:
            return False
        step = found.parent_span_id
    return False


def _wins(trace: Trace, twin: Known, known: Known) -> bool:
    """Say whether the one that was known is counted: the gateway knows best, then the inner span, then the first."""
    if twin.is_gateway != known.is_gateway:
        return twin.is_gateway
    return not (twin.trace_id == known.trace_id and _is_above(trace, twin, known))


def _totals(usage: Usage) -> tuple[int, int]:
    return usage.input_total, usage.output_total
