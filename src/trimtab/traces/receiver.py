"""Takes the telemetry of applications: what is answered as accepted is durable.

Spans of LLM applications are stored with whatever lies above them; the rest is put aside for some days, from where it
comes back when it turns out to be needed. An item that cannot be taken is kept among the dead letters and named to its
sender, and does not hold up the others.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from trimtab.base.clock import Clock
from trimtab.base.errors import TooManyRequests, TrimtabError
from trimtab.costs.service import PriceBook
from trimtab.storage.warehouse.intake import Bundle, Intake
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import log_content, routing, span_of_otlp
from trimtab.traces.awaiting_scores import AwaitingScores, of_responses
from trimtab.traces.correlation import Correlation
from trimtab.traces.dialects import registry
from trimtab.traces.dialects.reading import Reading
from trimtab.traces.ingest_counts import IngestCounts, Outcome, kind_of
from trimtab.traces.ingest_policy import UNRELATED, Fate, IngestPolicy, PolicySource, Rule
from trimtab.traces.inline_data import Found
from trimtab.traces.lifting import NO_LIFTING, Lifting
from trimtab.traces.otlp import value as otlp
from trimtab.traces.otlp.batch import Batch, Signal
from trimtab.traces.privacy.screen import LATE, NO_SCREEN, Screen
from trimtab.traces.privacy.tombstones import Arrival
from trimtab.traces.range import TimeRange
from trimtab.traces.recent import Known
from trimtab.traces.refused import RefusedItems
from trimtab.traces.routing import Destinations
from trimtab.traces.sender import Sender
from trimtab.traces.sent_tags import SentTags
from trimtab.traces.span_of_otlp import Made, Place
from trimtab.traces.store import annotations as annotation_store
from trimtab.traces.store import correlation as trace_store
from trimtab.traces.store import rows
from trimtab.traces.store import telemetry as store
from trimtab.traces.subject import subject_of

_NS_PER_S: Final = 1_000_000_000
_DAY_NS: Final = 86_400 * _NS_PER_S
_OLDEST_NS: Final = 1_577_836_800 * _NS_PER_S
"""2020-01-01: before that a clock was wrong."""
_MOST_WAITING: Final = 20_000
_REMEMBERED_NS: Final = 3_600 * _NS_PER_S
_SHOWN_REASONS: Final = 3
_MOST_AT_ONCE: Final = 32
"""Requests under way: each may hold a body of the largest size, and the engine does no more with more of them."""


COUNTED: Final[Mapping[str, str]] = {
    "spans_accepted": "Spans that were acknowledged.",
    "spans_stored": "Spans kept with their traces.",
    "spans_put_aside": "Spans that have nothing to do with a model call, put aside.",
    "spans_dropped": "Spans that the project's policy does not let in.",
    "spans_rescued": "Spans that came back because a model call lies beneath them.",
    "spans_rejected": "Spans that could not be taken.",
    "calls": "Calls to models among the spans stored.",
    "calls_counted_elsewhere": "Reports of a call that another span accounts for.",
    "logs_accepted": "Log records that were stored.",
    "logs_joined": "Spans that got their messages from log records.",
    "logs_dropped": "Log records that have nothing to do with a model call.",
    "logs_rejected": "Log records that could not be taken.",
    "scores": "Judgements taken from log records.",
    "metric_points_dropped": "Data points of metrics, which are not stored.",
}
"""What is counted, by name, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a request. Everything that is not rejected is durable."""

    accepted: int = 0
    rejected: int = 0
    message: str = ""
    """Why items were rejected, or what a sender should know all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """What decides about telemetry before it is stored."""

    policies: PolicySource
    outcomes: IngestCounts
    """Where it is counted what became of everything."""
    destinations: Destinations
    """The projects that senders may name."""
    screen: Screen = NO_SCREEN
    """What takes out that a project does not want to keep."""
    lifting: Lifting = NO_LIFTING
    """What takes media and large content out of spans."""


@dataclass(slots=True)
class _Understood:
    """Spans of one request, told apart."""

    sender: Sender
    readings: dict[tuple[str, str], tuple[otlp.Span, str, Reading]] = field(default_factory=dict)
    """Those of LLM applications."""
    others: dict[tuple[str, str], otlp.Span] = field(default_factory=dict)
    """Those that have nothing to do with one, and those that a rule puts aside."""
    ruled: dict[tuple[str, str], Rule] = field(default_factory=dict)
    """The rules that put them aside."""
    dropped: Counter[str] = field(default_factory=Counter)
    """How many spans are let go, by reason."""


class ReceiverService:
    """The one way in for OTLP, whatever the door. Safe to share between threads."""

    def __init__(
        self,
        warehouse: Warehouse,
        prices: PriceBook,
        clock: Clock,
        correlation: Correlation,
        dead_letters: RefusedItems,
        intake: Intake,
        admission: Admission,
    ) -> None:
        """Store through `intake` into `warehouse` what `admission` lets in, and count there what became of it all."""
        self._warehouse = warehouse
        self._intake = intake
        self._prices = prices
        self._clock = clock
        self._correlation = correlation
        self._dead_letters = dead_letters
        self._awaiting = AwaitingScores(warehouse, clock)
        self._tags = SentTags(warehouse, clock)
        self._policies = admission.policies
        self._outcomes = admission.outcomes
        self._destinations = admission.destinations
        self._screen = admission.screen
        self._lifting = admission.lifting
        self._places = threading.BoundedSemaphore(_MOST_AT_ONCE)
        # Guards `_counts`, `_waiting` and `_has_recalled`.
        self._guard = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        self._waiting: OrderedDict[tuple[str, str, str], list[otlp.LogRecord]] = OrderedDict()
        self._has_recalled = False

    def counts(self, project_id: str | None = None) -> Counter[str]:
        """Return what was done since the start, by name, for one project or for all."""
        with self._guard:
            if project_id is not None:
                return Counter(self._counts.get(project_id, Counter()))
            return sum(self._counts.values(), Counter())

    @contextmanager
    def turn(self, project_id: str) -> Iterator[None]:
        """Hold one of the places for requests under way, from before a body is unpacked until it is stored.

        A request of the project that is refused as a whole, here or within the block, is counted.

        Raises:
            TooManyRequests: all are taken; nothing was read, send the same batch again.
        """
        try:
            with self._place():
                yield
        except TrimtabError as error:
            reason = f"whole request, HTTP {error.status}: {kind_of(error.message)}"
            self._outcomes.note(project_id, Outcome.REFUSED, reason)
            self._outcomes.write()
            raise

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise TooManyRequests(
                f"{_MOST_AT_ONCE} batches of telemetry are being stored at this moment",
                retry_after_s=1,
                hint="Send the same batch again a little later.",
            )
        try:
            yield
        finally:
            self._places.release()

    def receive(self, sender: Sender, signal: Signal, batch: Batch, lifted: Found | None = None) -> Receipt:
        """Store a decoded batch, and return when it is durable; `lifted` are media that it refers to already.

        Raises:
            Unavailable: the warehouse cannot take rows now; nothing is acknowledged, send the same batch again.
        """
        store_part = {"traces": self._traces, "logs": self._logs, "metrics": self._metrics}[signal]
        receipts = []
        for routed, part in routing.split(sender, batch, self._destinations):
            # Before redaction, which would find letters of base64 to be secrets; texts are redacted by themselves.
            found = self._lifting.batch(part, partial(self._screen.medium, routed.project_id))
            found.update(lifted or {})
            receipts.append(store_part(routed, self._screen.batch(routed, part), found))
        self._outcomes.write()
        return receipts[0] if len(receipts) == 1 else _sum(receipts)

    def _traces(self, sender: Sender, batch: Batch, lifted: Found) -> Receipt:
        self._recall_logs()
        refused = list(batch.refused)
        policy = self._policies.of(sender.project_id)
        understood = self._understand(sender, batch, refused)
        self._let_go(understood)
        self._apply_rules(policy, understood)
        known = {key: _known(sender, *found) for key, found in understood.readings.items()}
        aside = {key: _known_plain(sender, span) for key, span in understood.others.items()}
        if policy.unrelated is Fate.KEEP:
            known |= {key: each for key, each in aside.items() if key not in understood.ruled}
            aside = {key: each for key, each in aside.items() if key in understood.ruled}
        lost = _lost(policy, understood, aside)
        needed, rescued = self._correlation.place(list(known.values()), aside, forgotten=lost)
        for each in needed:
            known[each.trace_id, each.span_id] = aside.pop((each.trace_id, each.span_id))
        for key in lost.keys() & aside.keys():
            del aside[key]
            understood.dropped[lost[key]] += 1
        made = [self._make(understood, key, each) for key, each in known.items()]
        made += self._rescue(sender, rescued)
        self._screen.aside(sender, [understood.others[key] for key in aside])
        self._keep_media(sender, made, [understood.others[key] for key in aside], lifted)
        bundle = _bundle(understood, made, aside)
        tags = self._tags.new(sender.project_id, [each.span for each in made])
        annotation_store.insert(bundle, sender.project_id, tags)

        def settle() -> None:
            self._tags.note(sender.project_id, tags)
            self._correlation.settle([*known.values(), *rescued])
            self._join_late(sender, made)
            calls = ((each.span.response_id, each.span.trace_id, each.span.span_id) for each in made)
            store.insert_scores(self._warehouse, self._awaiting.place(sender.project_id, calls))

        self._intake.take(bundle, then=settle)
        self._refuse(sender, "traces", refused)
        self._count(
            sender,
            spans_accepted=len(known) + len(aside) + understood.dropped.total(),
            spans_stored=len(made),
            spans_put_aside=len(aside),
            spans_dropped=understood.dropped.total(),
            spans_rejected=len(refused),
            spans_rescued=len(rescued),
            calls_counted_elsewhere=sum(1 for each in known.values() if each.is_billed and each.counted_in),
            calls=sum(1 for each in made if each.entry is not None),
        )
        self._note(sender.project_id, Outcome.DROPPED, understood.dropped)
        self._note(sender.project_id, Outcome.ASIDE, Counter(_reason(understood, key) for key in aside))
        self._note(sender.project_id, Outcome.STORED, Counter(each.span.dialect or UNRELATED for each in made))
        twice = (each.span.scope for each in made if each.entry is not None and not each.span.is_call)
        self._note(sender.project_id, Outcome.DEDUPLICATED, Counter(twice))
        return _receipt(len(batch.spans) + len(batch.refused), refused)

    def _keep_media(self, sender: Sender, made: Sequence[Made], aside: Sequence[otlp.Span], lifted: Found) -> None:
        """Keep what these spans refer to before they are stored, and their large content."""
        kept = self._lifting.keep([each.span for each in made], lifted)
        for each, span in zip(made, kept, strict=True):
            each.span = span
        self._lifting.keep_raw(sender.project_id, aside, lifted)

    def _let_go(self, understood: _Understood) -> None:
        """Take spans out whose traces were deleted before they came."""
        project_id = understood.sender.project_id
        late = self._screen.late(project_id, _arrivals(understood))
        if not late:
            return
        before = len(understood.readings) + len(understood.others)
        understood.readings = {key: each for key, each in understood.readings.items() if key[0] not in late}
        understood.others = {key: each for key, each in understood.others.items() if key[0] not in late}
        let_go = before - len(understood.readings) - len(understood.others)
        understood.dropped[LATE] += let_go
        self._screen.let_go(project_id, let_go)

    def _present(self, sender: Sender, records: Sequence[otlp.LogRecord]) -> list[otlp.LogRecord]:
        """Return the log records whose traces were not deleted before they came."""
        late = self._screen.late(
            sender.project_id, (Arrival(trace_id=each.trace_id, began_ns=each.at_ns) for each in records)
        )
        present = [each for each in records if each.trace_id not in late]
        let_go = len(records) - len(present)
        self._outcomes.note(sender.project_id, Outcome.DROPPED, LATE, let_go)
        self._screen.let_go(sender.project_id, let_go)
        return present

    def _apply_rules(self, policy: IngestPolicy, understood: _Understood) -> None:
        """Take spans out that a rule drops, and put those with the others that a rule puts aside."""
        if not policy.rules:
            return
        plain = {key: (span, "", span_of_otlp.plain(span)) for key, span in understood.others.items()}
        for key, found in (understood.readings | plain).items():
            rule = policy.rule_for(subject_of(span_of_otlp.unpriced(*found, understood.sender)))
            if rule is None:
                continue
            understood.readings.pop(key, None)
            if rule.fate is Fate.DROP:
                understood.others.pop(key, None)
                understood.dropped[rule.reason] += 1
            else:
                understood.others[key] = found[0]
                understood.ruled[key] = rule

    def _note(self, project_id: str, outcome: Outcome, by_reason: Mapping[str, int]) -> None:
        for reason, items in by_reason.items():
            self._outcomes.note(project_id, outcome, reason, items)

    def _understand(self, sender: Sender, batch: Batch, refused: list[otlp.Refused]) -> _Understood:
        understood = _Understood(sender)
        readings, others = understood.readings, understood.others
        latest_ns = self._clock.now_ns() + _DAY_NS
        for span in batch.spans:
            if not _OLDEST_NS <= span.start_ns <= latest_ns:
                refused.append(_refused(span, "lies before 2020 or more than a day ahead of this server's clock"))
                continue
            records = self._take(sender, span) if self._waiting else None
            if records:
                log_content.join(span, records)
            key = (span.trace_id, span.span_id)
            found = registry.read(span)
            if found is None:
                others[key] = span
            else:
                readings[key] = (span, *found)
        return understood

    def _make(self, understood: _Understood, key: tuple[str, str], known: Known) -> Made:
        found = understood.readings.get(key)
        if found is None:
            span = understood.others[key]
            found = (span, "", span_of_otlp.plain(span))
        return self._made(understood.sender, *found, known)

    def _made(self, sender: Sender, span: otlp.Span, dialect: str, reading: Reading, known: Known) -> Made:
        is_root, counted_in, inherited = known.written
        place = Place(is_root=is_root, counted_in=counted_in, inherited=inherited)
        made = span_of_otlp.make(span, dialect, reading, place=place, sender=sender, prices=self._prices)
        return self._screen.made(made)

    def rescue(self, rescued: Sequence[Known]) -> None:
        """Bring spans back that were put aside and turn out to lie above a call, and store them with their traces."""
        for project_id in dict.fromkeys(known.project_id for known in rescued):
            sender = Sender(project_id=project_id)
            mine = [known for known in rescued if known.project_id == project_id]
            made = self._rescue(sender, mine)
            rows.insert_spans(self._warehouse, [each.span for each in made])
            self._correlation.settle(mine)
            self._count(sender, spans_rescued=len(made), spans_stored=len(made))

    def _rescue(self, sender: Sender, rescued: Sequence[Known]) -> list[Made]:
        """Return spans that were put aside and turn out to lie above a call."""
        if not rescued:
            return []
        self._intake.flush()
        by_id = {known.span_id: known for known in rescued}
        times = [known.started_ns for known in rescued]
        during = TimeRange(min(times), max(times) + 1)
        found = trace_store.payloads(self._warehouse, sender.project_id, list(by_id), during)
        spans = [store.read_payload(payload) for payload in found]
        for span in spans:
            if span.span_id in by_id:
                self._correlation.say(by_id[span.span_id], span_of_otlp.said(span, span_of_otlp.plain(span)))
        return [
            self._made(sender, span, "", span_of_otlp.plain(span), by_id[span.span_id])
            for span in spans
            if span.span_id in by_id
        ]

    def _logs(self, sender: Sender, batch: Batch, lifted: Found) -> Receipt:
        self._recall_logs()
        batch.logs = self._present(sender, batch.logs)
        refused = list(batch.refused)
        wanted: list[otlp.LogRecord] = []
        scores: list[store.ScoreRow] = []
        now_ns = self._clock.now_ns()
        for record in batch.logs:
            record.at_ns = record.at_ns or now_ns
            if not log_content.is_wanted(record):
                continue
            if not _OLDEST_NS <= record.at_ns <= now_ns + _DAY_NS:
                refused.append(_refused(record, "lies before 2020 or more than a day ahead of this server's clock"))
                continue
            wanted.append(record)
            if record.event_name == log_content.EVALUATION:
                score = log_content.score_of(record, sender.project_id)
                if score is None:
                    refused.append(_refused(wanted.pop(), "has no gen_ai.evaluation.name"))
                else:
                    scores.append(score)
        contents = [each for each in wanted if each.event_name in log_content.CONTENT and each.span_id]
        self._wait(sender, contents)
        self._lifting.keep_raw(sender.project_id, wanted, lifted)
        store.insert_logs(self._warehouse, [log_content.row_of(record, sender.project_id) for record in wanted])
        store.insert_scores(self._warehouse, scores)
        self._place_scores(sender, scores)
        joined = self._join(sender, {(each.trace_id, each.span_id) for each in contents}, contents)
        self._refuse(sender, "logs", refused)
        unwanted = len(batch.logs) + len(batch.refused) - len(wanted) - len(refused)
        self._outcomes.note(sender.project_id, Outcome.DROPPED, "log records of no model call", unwanted)
        self._count(
            sender,
            logs_accepted=len(wanted),
            logs_dropped=unwanted,
            logs_rejected=len(refused),
            logs_joined=joined,
            scores=len(scores),
        )
        return _receipt(len(batch.logs) + len(batch.refused), refused)

    def _place_scores(self, sender: Sender, scores: Sequence[store.ScoreRow]) -> None:
        """Give scores that name a response the span that had it, now if it has come, else when it comes."""
        held = self._awaiting.hold(scores)
        if held:
            responses, at_ns = of_responses(held), held[0].at_ns
            calls = self._correlation.reported(sender.project_id, responses, at_ns)
            store.insert_scores(self._warehouse, self._awaiting.place(sender.project_id, calls))

    def _metrics(self, sender: Sender, batch: Batch, _lifted: Found) -> Receipt:
        points = sum(batch.metrics.points.values())
        self._count(sender, metric_points_dropped=points)
        self._outcomes.note(sender.project_id, Outcome.DROPPED, "data points of metrics", points)
        if not points:
            return Receipt()
        return Receipt(
            rejected=points,
            message="metrics are not stored here: every number is computed from spans; switch their export off",
        )

    def _wait(self, sender: Sender, records: Sequence[otlp.LogRecord]) -> None:
        with self._guard:
            for record in records:
                key = (sender.project_id, record.trace_id, record.span_id)
                self._waiting.setdefault(key, []).append(record)
            while len(self._waiting) > _MOST_WAITING:
                self._waiting.popitem(last=False)

    def _take(self, sender: Sender, span: otlp.Span) -> list[otlp.LogRecord] | None:
        with self._guard:
            return self._waiting.get((sender.project_id, span.trace_id, span.span_id))

    def _join_late(self, sender: Sender, made: Sequence[Made]) -> None:
        """Join what came while these spans were being stored, and forget what is joined."""
        if not self._waiting:
            return
        late: set[tuple[str, str]] = set()
        records: list[otlp.LogRecord] = []
        for each in made:
            span = each.span
            with self._guard:
                found = self._waiting.pop((sender.project_id, span.trace_id, span.span_id), None)
            if found and not (span.input_messages and span.output_messages):
                late.add((span.trace_id, span.span_id))
                records += found
        self._join(sender, late, records)

    def _join(self, sender: Sender, keys: set[tuple[str, str]], records: Sequence[otlp.LogRecord]) -> int:
        """Give stored spans what the records say; return how many there were."""
        if not keys:
            return 0
        times = [record.at_ns for record in records]
        during = TimeRange(max(0, min(times) - _DAY_NS), max(times) + _DAY_NS)
        ids = [span_id for _, span_id in keys]
        found = store.spans_to_join(self._warehouse, sender.project_id, ids, during)
        changed = []
        for row in found:
            key = (sender.project_id, row["trace_id"], row["span_id"])
            with self._guard:
                waiting = self._waiting.pop(key, [])
            said = waiting or [each for each in records if each.span_id == row["span_id"]]
            if log_content.join_stored(row, said):
                changed.append(row)
        token = f"join-{sender.project_id}-{self._clock.now_ns()}-{len(changed)}"
        store.rewrite_spans(self._warehouse, changed, token=token)
        return len(changed)

    def _recall_logs(self) -> None:
        """Remember, once, the newest records of the process before this one: their spans may still come."""
        if self._has_recalled:
            return
        now_ns = self._clock.now_ns()
        found = store.recent_logs(
            self._warehouse, TimeRange(now_ns - _REMEMBERED_NS, now_ns + 1), sorted(log_content.CONTENT), _MOST_WAITING
        )
        with self._guard:
            first, self._has_recalled = not self._has_recalled, True
            for row in reversed(found) if first else ():
                key = (row["project_id"], row["trace_id"], row["span_id"])
                self._waiting.setdefault(key, []).append(log_content.of_row(row))

    def _refuse(self, sender: Sender, signal: Signal, refused: Sequence[otlp.Refused]) -> None:
        for each in refused:
            self._dead_letters.keep(sender, signal, self._screen.refused(sender, each))
            self._outcomes.note(sender.project_id, Outcome.REFUSED, kind_of(each.reason))

    def _count(self, sender: Sender, **counts: int) -> None:
        with self._guard:
            found = self._counts.setdefault(sender.project_id, Counter())
            found.update({name: number for name, number in counts.items() if number})


def _arrivals(understood: _Understood) -> Iterator[Arrival]:
    plain = Reading()
    found = [(span, reading) for span, _, reading in understood.readings.values()]
    for span, reading in (*found, *((span, plain) for span in understood.others.values())):
        whose = span_of_otlp.said(span, reading)
        yield Arrival(
            trace_id=span.trace_id, user_id=whose.user_id, session_id=whose.session_id, began_ns=span.start_ns
        )


def _sum(receipts: Sequence[Receipt]) -> Receipt:
    return Receipt(
        accepted=sum(each.accepted for each in receipts),
        rejected=sum(each.rejected for each in receipts),
        message="; ".join(dict.fromkeys(each.message for each in receipts if each.message)),
    )


def _lost(
    policy: IngestPolicy, understood: _Understood, aside: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Return which of the spans to be put aside are dropped unless they lie above a call, each with the reason."""
    if policy.unrelated is not Fate.DROP and policy.aside_percent == 100:  # noqa: PLR2004 - all of them
        return {}
    fates = {key: policy.unneeded(key[0], understood.ruled.get(key)) for key in aside}
    return {key: reason for key, (fate, reason) in fates.items() if fate is Fate.DROP}


def _reason(understood: _Understood, key: tuple[str, str]) -> str:
    rule = understood.ruled.get(key)
    return UNRELATED if rule is None else rule.reason


def _bundle(understood: _Understood, made: Sequence[Made], aside: Iterable[tuple[str, str]]) -> Bundle:
    """Return the rows of one request; spans go before their ledger."""
    project_id = understood.sender.project_id
    bundle = Bundle()
    store.insert_side_spans(bundle, project_id, [understood.others[key] for key in aside])
    rows.insert_spans(bundle, [each.span for each in made])
    rows.insert_ledger(bundle, [each.entry for each in made if each.entry is not None])
    scores = [
        score
        for span, _, reading in understood.readings.values()
        if reading.scores
        for score in log_content.scores_of_span(span, reading, project_id)
    ]
    store.insert_scores(bundle, scores)
    return bundle


def _refused(item: otlp.Span | otlp.LogRecord, reason: str) -> otlp.Refused:
    at_ns = item.start_ns if isinstance(item, otlp.Span) else item.at_ns
    said = f"item {item.span_id!r} at {at_ns} ns {reason}"
    return otlp.Refused(payload=store.payload_of(item), reason=said, form="value", scope=item.scope)


def _receipt(sent: int, refused: Sequence[otlp.Refused]) -> Receipt:
    reasons = list(dict.fromkeys(each.reason for each in refused))
    message = "; ".join(reasons[:_SHOWN_REASONS])
    if len(reasons) > _SHOWN_REASONS:
        message += f"; and {len(reasons) - _SHOWN_REASONS} other reasons"
    return Receipt(accepted=sent - len(refused), rejected=len(refused), message=message)


def _known(sender: Sender, span: otlp.Span, _dialect: str, reading: Reading) -> Known:
    is_billed = span_of_otlp.is_billed(span, reading)
    return Known(
        project_id=sender.project_id,
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        started_ns=span.start_ns,
        ended_ns=max(span.start_ns, span.end_ns),
        is_billed=is_billed,
        inherits=is_billed,
        said=span_of_otlp.said(span, reading),
        response_id=reading.response_id,
        usage=reading.usage,
        is_free=span_of_otlp.is_free(span, reading),
    )


def _known_plain(sender: Sender, span: otlp.Span) -> Known:
    return _known(sender, span, "", span_of_otlp.plain(span))
