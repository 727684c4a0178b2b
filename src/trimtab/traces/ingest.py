"""What becomes of a project's telemetry: how much came and from whom, what was refused, and another try for that."""

from collections.abc import Iterable
from typing import Final

import msgspec

from trimtab.base.clock import Clock
from trimtab.base.errors import NotFound, TrimtabError
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Row, Warehouse
from trimtab.traces import span_of_otlp
from trimtab.traces.dead_letter_text import readable, service_of
from trimtab.traces.dialects import registry
from trimtab.traces.ingest_counts import IngestCounts
from trimtab.traces.ingest_policy import Fate, IngestPolicy
from trimtab.traces.ingest_preview import Forecast, Seen, foresee
from trimtab.traces.ingest_views import (
    DeadLetterView,
    IngestView,
    OutcomeReason,
    OutcomeStep,
    OutcomesView,
    PreviewReason,
    PreviewView,
    ReplayView,
    SenderPage,
    SenderView,
)
from trimtab.traces.otlp import protobuf, protojson
from trimtab.traces.otlp.batch import Batch
from trimtab.traces.otlp.value import LogRecord, Refused, Span
from trimtab.traces.range import TimeRange, from_ns_since_epoch, resolve
from trimtab.traces.receiver import COUNTED, ReceiverService
from trimtab.traces.refused import Letter, RefusedItems, scope_of, sender_of
from trimtab.traces.sender import Sender
from trimtab.traces.service import Period
from trimtab.traces.store import ingest_counts as store
from trimtab.traces.store import telemetry
from trimtab.traces.subject import subject_of

_MINUTE_NS: Final = 60_000_000_000
_HOUR_NS: Final = 60 * _MINUTE_NS
_MOST_STORED: Final = 50_000
_MOST_ASIDE: Final = 5_000
"""Spans that a preview looks at: those put aside are read one by one."""


class IngestService:
    """Questions about telemetry, and the one thing that can be done about what was refused."""

    def __init__(
        self,
        receiver: ReceiverService,
        refused: RefusedItems,
        meta: Meta,
        audit: Audit,
        clock: Clock,
        *,
        outcomes: IngestCounts,
        warehouse: Warehouse,
        grpc_port: int,
    ) -> None:
        """Look at `receiver`, `refused`, `outcomes` and `warehouse`; `meta` holds the audit log."""
        self._meta = meta
        self._receiver = receiver
        self._refused = refused
        self._audit = audit
        self._clock = clock
        self._outcomes = outcomes
        self._warehouse = warehouse
        self._grpc_port = grpc_port or None

    def status(self, access: ProjectAccess) -> IngestView:
        """Return every counter since the start."""
        access.require(Right.READ)
        found = self._receiver.counts(access.project.id)
        return IngestView(counts={name: found[name] for name in COUNTED}, grpc_port=self._grpc_port)

    def senders(self, access: ProjectAccess, period: Period) -> SenderPage:
        """Return who reported spans in the range."""
        access.require(Right.READ)
        during = resolve(period.start, period.end, self._clock.now())
        lately_ns = self._clock.now_ns() - _MINUTE_NS
        rows = store.senders(self._warehouse, access.project.id, during, lately_ns)
        return SenderPage(items=[_sender(row) for row in rows], next=None)

    def outcomes(self, access: ProjectAccess, period: Period) -> OutcomesView:
        """Return what became of telemetry in the range, over time and by reason."""
        access.require(Right.READ)
        during = resolve(period.start, period.end, self._clock.now())
        step_s = max(60, during.step_s)
        steps: dict[int, dict[str, int]] = {}
        for row in self._outcomes.over_time(access.project.id, during, step_s * 1_000_000_000):
            steps.setdefault(row["at_ns"], {})[row["outcome"]] = row["items"]
        reasons = self._outcomes.by_reason(access.project.id, during)
        return OutcomesView(
            step_s=step_s,
            steps=[
                OutcomeStep(at=from_ns_since_epoch(at_ns), **steps.get(at_ns, {})) for at_ns in _steps(during, step_s)
            ],
            reasons=[
                OutcomeReason(
                    outcome=row["outcome"],
                    reason=row["reason"],
                    items=row["items"],
                    last_at=from_ns_since_epoch(row["last_ns"]),
                )
                for row in reasons
            ],
        )

    def preview(self, access: ProjectAccess, policy: IngestPolicy) -> PreviewView:
        """Return what a policy would have done with the newest spans of the last hour. Changes nothing."""
        access.require(Right.READ)
        now_ns = self._clock.now_ns()
        during = TimeRange(now_ns - _HOUR_NS, now_ns + _MINUTE_NS)
        project_id = access.project.id
        rules = [rule.where for rule in policy.rules]
        rows = store.newest_spans(self._warehouse, project_id, during, rules, _MOST_STORED)
        aside = store.newest_side_payloads(self._warehouse, project_id, during, _MOST_ASIDE)
        sender = Sender(project_id=project_id)
        seen = {row["span_id"]: _seen(row) for row in rows}
        for payload in aside:
            span = telemetry.read_payload(payload)
            seen.setdefault(span.span_id, self._seen_aside(policy, span, sender))
        of_spans = store.totals(self._warehouse, project_id, during)
        return _preview(foresee(policy, seen.values()), len(seen), max(of_spans, len(seen)))

    def _seen_aside(self, policy: IngestPolicy, span: Span, sender: Sender) -> Seen:
        found = registry.read(span)
        place = None
        if policy.rules:
            dialect, reading = found or ("", span_of_otlp.plain(span))
            subject = subject_of(span_of_otlp.unpriced(span, dialect, reading, sender))
            rule = policy.rule_for(subject)
            place = None if rule is None else policy.rules.index(rule)
        return Seen(
            trace_id=span.trace_id,
            span_id=span.span_id,
            parent_span_id=span.parent_span_id,
            is_related=found is not None,
            rule=place,
        )

    def letters(self, access: ProjectAccess, limit: int) -> list[DeadLetterView]:
        """Return what was refused, newest first."""
        access.require(Right.READ)
        return [
            DeadLetterView(
                id=letter.id,
                at=letter.at,
                reason=letter.reason,
                signal=letter.signal,
                form=letter.form,
                payload=letter.payload,
                readable=readable(letter),
                service=service_of(letter),
            )
            for letter in self._refused.newest(access.project.id, limit)
        ]

    def replay(self, access: ProjectAccess) -> ReplayView:
        """Try everything that was refused again; what is refused again is kept again."""
        access.require(Right.ADMIN)
        accepted = rejected = 0
        for letter in self._refused.take(access.project.id):
            found = self._again(letter)
            accepted += found.accepted
            rejected += found.rejected
        return self._told(access, access.project.id, ReplayView(accepted=accepted, rejected=rejected))

    def replay_one(self, access: ProjectAccess, letter_id: str) -> ReplayView:
        """Try one item again; if it is refused again, it is kept again.

        Raises:
            NotFound: nothing of this id is kept.
        """
        access.require(Right.ADMIN)
        letter = self._refused.take_one(access.project.id, letter_id)
        if letter is None:
            raise NotFound("this item is not kept any more", hint="It may have been tried again meanwhile.")
        sender = sender_of(letter)
        try:
            found = self._again(letter)
        except TrimtabError:
            item = Refused(payload=letter.data, reason=letter.reason, form=letter.form, scope=scope_of(letter))
            self._refused.keep(sender, letter.signal, item)
            raise
        return self._told(access, letter_id, found)

    def _again(self, letter: Letter) -> ReplayView:
        if not letter.payload:
            # It could not be read, and the project does not let such things be kept.
            return ReplayView(accepted=0, rejected=1)
        receipt = self._receiver.receive(sender_of(letter), letter.signal, _batch(letter))
        return ReplayView(accepted=receipt.accepted, rejected=receipt.rejected)

    def _told(self, access: ProjectAccess, subject: str, found: ReplayView) -> ReplayView:
        with self._meta.write() as connection:
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=access.project.id,
                action="ingest.replay",
                subject=subject,
                summary=f"tried refused telemetry again: {found.accepted} taken, {found.rejected} refused",
            )
        return found


def _steps(during: TimeRange, step_s: int) -> Iterable[int]:
    step_ns = step_s * 1_000_000_000
    return range(during.from_ns // step_ns * step_ns, during.to_ns, step_ns)


def _sender(row: Row) -> SenderView:
    return SenderView(
        source=row["source"],
        dialect=row["dialect"],
        scope=row["scope"],
        version=row["version"],
        services=[name for name in row["services"] if name],
        spans=row["spans"],
        calls=row["calls"],
        duplicates=row["duplicates"],
        spans_per_s=round(row["lately"] / 60, 2),
        last_at=from_ns_since_epoch(row["last_ms"] * 1_000_000),
    )


def _seen(row: Row) -> Seen:
    return Seen(
        trace_id=row["trace_id"],
        span_id=row["span_id"],
        parent_span_id=row["parent_span_id"],
        is_related=row["role"] != "",
        rule=row["rule"] - 1 if row["rule"] else None,
        is_call=row["is_call"],
        cost_usd=row["cost_usd"],
    )


def _preview(found: Forecast, spans: int, of_spans: int) -> PreviewView:
    return PreviewView(
        spans=spans,
        of_spans=of_spans,
        kept=found.fates[Fate.KEEP],
        aside=found.fates[Fate.ASIDE],
        dropped=found.fates[Fate.DROP],
        reasons=[
            PreviewReason(fate=fate, reason=reason, spans=number)
            for (fate, reason), number in found.reasons.most_common()
        ],
        calls_lost=found.calls_lost,
        cost_lost_usd=found.cost_lost_usd,
    )


def _batch(letter: Letter) -> Batch:
    scope = scope_of(letter)
    if letter.form == "protobuf":
        return protobuf.decode_item(letter.signal, letter.data, scope)
    if letter.form == "json":
        return protojson.decode_item(letter.signal, letter.data, scope)
    if letter.signal == "logs":
        return Batch(logs=[msgspec.json.decode(letter.data, type=LogRecord)])
    return Batch(spans=[msgspec.json.decode(letter.data, type=Span)])
