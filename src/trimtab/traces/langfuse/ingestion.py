"""Takes the events of Langfuse's older clients: each is judged by itself, and what is acknowledged is durable.

An event changes what is known of a trace or an observation. So all events are kept, whatever an event touches is
added up anew from its events, and the sum goes the way of every other span. Order, repetition and delay do not matter.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from zlib import crc32

import msgspec

from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import named_ids as ids
from trimtab.traces.inline_data import Found
from trimtab.traces.langfuse import entity, event, scores, spans, store
from trimtab.traces.langfuse.entity import Known
from trimtab.traces.langfuse.event import Event, Refusal
from trimtab.traces.langfuse.store import EventRow
from trimtab.traces.lifting import NO_LIFTING, Lifting
from trimtab.traces.otlp.batch import Batch
from trimtab.traces.otlp.value import Span
from trimtab.traces.privacy.screen import NO_SCREEN, Screen
from trimtab.traces.privacy.store import erase
from trimtab.traces.privacy.tombstones import Arrival
from trimtab.traces.range import TimeRange, from_ns_since_epoch
from trimtab.traces.receiver import ReceiverService
from trimtab.traces.score import NewScore
from trimtab.traces.scores import ScoreService
from trimtab.traces.sender import Sender
from trimtab.traces.sent_tags import of_attributes
from trimtab.traces.store import annotations, telemetry

_DAY_NS: Final = 86_400_000_000_000
_STRIPES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a batch: the ids of the events that are durable, and those that are refused."""

    taken: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """What is known of everything that a batch touches, before it and after it, by key."""

    before: dict[str, Known]
    after: dict[str, Known]


class IngestionService:
    """Safe to share between threads; one for a process, since it keeps changes of one trace apart."""

    def __init__(
        self,
        warehouse: Warehouse,
        clock: Clock,
        receiver: ReceiverService,
        score_service: ScoreService,
        *,
        screen: Screen = NO_SCREEN,
        lifting: Lifting = NO_LIFTING,
        flush: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep events in `warehouse`; hand spans to `receiver` and judgements to `score_service`.

        Events are kept without the media in them, which `lifting` takes out, and as `screen` lets them through.
        `flush` returns when all spans that were handed on before can be found there.
        """
        self._warehouse = warehouse
        self._clock = clock
        self._receiver = receiver
        self._scores = score_service
        self._screen = screen
        self._lifting = lifting
        self._flush = flush
        # Each keeps two batches apart that touch the same trace or observation: the second must see what the first did.
        self._stripes = [threading.Lock() for _ in range(_STRIPES)]

    def ingest(self, access: ProjectAccess, batch: Sequence[object]) -> Outcome:
        """Store a batch of events, and return when it is durable.

        Raises:
            Forbidden: the key may not send.
            Unavailable: the warehouse takes no rows now; nothing is acknowledged, send the same batch again.
        """
        access.require(Right.CALL)
        key = access.principal
        sender = Sender(project_id=access.project.id, key_id=key.id, environment=key.environment)
        now = self._clock.now()
        outcome = Outcome()
        found: list[Event] = []
        lifted = Found(partial(self._screen.medium, sender.project_id))
        for raw in batch:
            parsed = event.parse(raw, now)
            if isinstance(parsed, Refusal):
                outcome.refused.append(parsed)
            else:
                trace_id = ids.trace_id(_trace_of(parsed))
                body = self._screen.event(sender, trace_id, self._lifting.fields(parsed.body, lifted))
                found.append(msgspec.structs.replace(parsed, body=body))
        found, late = self._present(sender, found)
        outcome.taken.extend(late)
        self._take_scores(access, [each for each in found if each.kind == event.SCORE], outcome)
        self._take_entities(sender, [each for each in found if each.kind not in (event.SCORE, event.LOG)], lifted)
        refused = {each.id for each in outcome.refused}
        outcome.taken.extend(each.id for each in found if each.id not in refused)
        return outcome

    def _present(self, sender: Sender, found: Sequence[Event]) -> tuple[list[Event], list[str]]:
        """Return the events whose traces were not deleted before they came, and the ids of the others."""
        arrivals = [_arrival(each, place) for place, each in enumerate(found)]
        late = self._screen.late(sender.project_id, arrivals)
        present: list[Event] = []
        gone: list[str] = []
        for each, arrival in zip(found, arrivals, strict=True):
            if arrival.key in late:
                gone.append(each.id)
            else:
                present.append(each)
        self._screen.let_go(sender.project_id, len(gone))
        return present, gone

    def _take_scores(self, access: ProjectAccess, found: Sequence[Event], outcome: Outcome) -> None:
        ready: dict[str, NewScore] = {}
        for each in found:
            try:
                ready[each.id] = scores.of_body(each.body, each.id, at=from_ns_since_epoch(each.at_ns))
            except InvalidInput as error:
                outcome.refused.append(Refusal(id=each.id, message=error.message))
        try:
            self._scores.record_all(access, list(ready.values()))
        except InvalidInput:
            for event_id, score in ready.items():
                try:
                    self._scores.record(access, score)
                except InvalidInput as error:
                    outcome.refused.append(Refusal(id=event_id, message=error.message))

    def _take_entities(self, sender: Sender, found: Sequence[Event], lifted: Found) -> None:
        if not found:
            return
        with self._alone(sender.project_id, found):
            state = self._add(sender, found)
            touched = {entity.key(each) for each in found}
            traces = self._traces_of(sender, state, touched)
            touched |= self._changed_with_their_trace(sender, state, traces)
            made = [
                spans.of_observation(known, state.after.get(f"trace:{known.trace}"))
                for key in sorted(touched)
                if (known := state.after[key]).kind != "trace"
            ]
            made += self._roots(sender, state, traces, made)
            self._move(sender, state, touched)
            self._receiver.receive(sender, "traces", Batch(spans=made), lifted)

    @contextmanager
    def _alone(self, project_id: str, found: Sequence[Event]) -> Iterator[None]:
        names = {name for each in found for name in (entity.key(each), f"trace:{_trace_of(each)}")}
        stripes = sorted({crc32(f"{project_id}/{name}".encode()) % _STRIPES for name in names})
        with ExitStack() as stack:
            for stripe in stripes:
                stack.enter_context(self._stripes[stripe])
            yield

    def _add(self, sender: Sender, found: Sequence[Event]) -> _State:
        """Store the events, and return what is known of what they touch."""
        now_ns = self._clock.now_ns()
        keys = {entity.key(each) for each in found} | {f"trace:{name}" for each in found if (name := _trace_of(each))}
        stored = store.of_entities(self._warehouse, sender.project_id, sorted(keys), self._kept())
        new = [_row(sender, each, now_ns) for each in found]
        store.insert(self._warehouse, new)
        return _State(before=_sums(stored), after=_sums([*stored, *new]))

    def _traces_of(self, sender: Sender, state: _State, touched: set[str]) -> list[str]:
        """Return the traces of what was touched, and see to it that what is known of them is there."""
        names = list(dict.fromkeys(state.after[key].trace for key in sorted(touched)))
        missing = [f"trace:{name}" for name in names if name and f"trace:{name}" not in state.after]
        known = _sums(store.of_entities(self._warehouse, sender.project_id, missing, self._kept()))
        state.before |= known
        state.after |= known
        return [name for name in names if name]

    def _changed_with_their_trace(self, sender: Sender, state: _State, traces: Sequence[str]) -> set[str]:
        """Return the observations that take over something from their trace that has changed."""
        changed = []
        for name in traces:
            before, after = state.before.get(f"trace:{name}"), state.after.get(f"trace:{name}")
            if after is not None and (before is None or before.shared != after.shared):
                changed.append(name)
        found = _sums(store.of_traces(self._warehouse, sender.project_id, changed, self._kept()))
        others = {key: known for key, known in found.items() if known.kind != "trace" and key not in state.after}
        state.before |= others
        state.after |= others
        return set(others)

    def _roots(self, sender: Sender, state: _State, traces: Sequence[str], made: Sequence[Span]) -> list[Span]:
        """Return the spans that stand for the traces, each as long as what is in it."""
        reported = {ids.trace_id(known.trace) for known in state.after.values() if known.kind != "trace"}
        wanted: list[Known] = []
        remarks: list[Known] = []
        for name in traces:
            trace = state.after.get(f"trace:{name}")
            if trace is not None:
                (wanted if trace.is_whole or ids.trace_id(name) in reported else remarks).append(trace)
        self._remark(sender, remarks)
        if not wanted:
            return []
        trace_ids = [ids.trace_id(trace.id) for trace in wanted]
        first_ns = min(trace.start_ns for trace in wanted)
        during = TimeRange(max(0, first_ns - _DAY_NS), self._clock.now_ns() + 2 * _DAY_NS)
        roots = [ids.root_span_id(trace.id) for trace in wanted]
        ended = defaultdict(int, store.ends(self._warehouse, sender.project_id, trace_ids, roots, during))
        for span in made:
            ended[span.trace_id] = max(ended[span.trace_id], span.end_ns, span.start_ns)
        return [spans.of_trace(trace, ended_ns=ended[ids.trace_id(trace.id)]) for trace in wanted]

    def _remark(self, sender: Sender, remarks: Sequence[Known]) -> None:
        """Give the roots of traces that came over OpenTelemetry what is said of them here."""
        if not remarks:
            return
        by_id = {ids.trace_id(trace.id): trace for trace in remarks}
        rows = store.roots_of_others(self._warehouse, sender.project_id, list(by_id), spans.SCOPE, self._kept())
        for row in rows:
            said = spans.remarks(by_id[row["trace_id"]])
            row["attributes"] = row["attributes"] | said
        telemetry.rewrite_spans(self._warehouse, rows, token=f"remark-{sender.project_id}-{self._clock.now_ns()}")
        tags = [tag for row in rows for tag in of_attributes(row["trace_id"], row["started_ns"], row["attributes"])]
        annotations.insert(self._warehouse, sender.project_id, tags)

    def _move(self, sender: Sender, state: _State, touched: set[str]) -> None:
        """Remove spans from where they stood, when an event that came late says that they began at another time."""
        for key in touched:
            before, after = state.before.get(key), state.after[key]
            if before is not None and before.start_ns != after.start_ns:
                span_id = ids.root_span_id(before.id) if before.kind == "trace" else ids.span_id(before.id)
                self._flush()
                erase.remove_span(self._warehouse, sender.project_id, span_id, before.start_ns)

    def _kept(self) -> TimeRange:
        now_ns = self._clock.now_ns()
        return TimeRange(now_ns - store.KEPT_NS, now_ns + _DAY_NS)


def _sums(rows: Sequence[EventRow]) -> dict[str, Known]:
    events: dict[str, dict[str, Event]] = defaultdict(dict)
    for row in rows:
        events[row.entity_id][row.event_id] = row.event
    sums: Mapping[str, Known | None] = {key: entity.fold(found.values()) for key, found in events.items()}
    return {key: known for key, known in sums.items() if known is not None}


def _row(sender: Sender, each: Event, now_ns: int) -> EventRow:
    return EventRow(
        project_id=sender.project_id,
        trace_id=_trace_of(each),
        entity_id=entity.key(each),
        event_id=each.id,
        kind=each.kind,
        at_ns=each.at_ns,
        received_ns=now_ns,
        key_id=sender.key_id,
        environment=sender.environment,
        body=msgspec.json.encode(each.body).decode(),
    )


def _arrival(each: Event, place: int) -> Arrival:
    owner = {name: each.body.get(name) for name in ("userId", "sessionId")}
    user, session = (said if isinstance(said, str) else "" for said in owner.values())
    name = _trace_of(each)
    return Arrival(
        trace_id=ids.trace_id(name) if name else "",
        user_id=user,
        session_id=session,
        began_ns=each.at_ns,
        item=str(place),
    )


def _trace_of(each: Event) -> str:
    """Return the client's name for the trace that an event belongs to; empty when it does not say it."""
    if each.kind == event.TRACE:
        return each.body.get("id") or each.id
    return each.body.get("traceId") or ""
