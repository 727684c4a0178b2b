"""Takes the gateway's records and makes them durable spans and ledger rows, each once, however often it is sent.

A batch is acknowledged only after its rows are stored. Spans go in before the ledger; when the process dies between
the two, the batch comes again, and what is there already is left out of each table by itself. A record that cannot be
read is put aside with its reason and does not hold up the others.
"""

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from trimtab.base.clock import Clock
from trimtab.base.errors import InvalidInput
from trimtab.costs.service import PriceBook, Quote
from trimtab.llm import frames
from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import BUCKETS, Usage
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import spans_of_call
from trimtab.traces.correlation import Correlation
from trimtab.traces.dead_letters import DeadLetters
from trimtab.traces.inline_data import Found
from trimtab.traces.lifting import NO_LIFTING, Lifting
from trimtab.traces.privacy.screen import NO_SCREEN, Screen
from trimtab.traces.recent import Known
from trimtab.traces.span import LedgerEntry, Span
from trimtab.traces.spans_of_call import Rows
from trimtab.traces.store import rows
from trimtab.traces.whose import NOBODY

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_SPAN_ID = re.compile(r"[0-9a-f]{16}")

_NS_PER_S: Final = 1_000_000_000
_OLDEST_NS: Final = 1_577_836_800 * _NS_PER_S
"""2020-01-01: before that a clock was wrong."""
_AHEAD_NS: Final = 86_400 * _NS_PER_S
"""How far a sender's clock may be ahead of ours."""
_MOST_TOKENS: Final = 1_000_000_000
"""In one bucket of one attempt; a thousand times the largest context window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A record that was put aside: its place in the batch, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a batch. Everything counted as accepted is durable."""

    accepted: int
    rejected: list[Rejection]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the collector has done since it started."""

    batches: int = 0
    accepted: int = 0
    rejected: int = 0
    already_known: int = 0
    """Spans that were left out because they had been stored before."""


NoteKeyUse = Callable[[Mapping[str, datetime]], None]
"""Takes the id of each API key with the time of its last call."""


Rescue = Callable[[Sequence[Known]], None]
"""Brings spans back that were put aside and turn out to lie above a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What is done with messages before they are stored."""

    screen: Screen = NO_SCREEN
    """What takes out that a project does not want to keep."""
    lifting: Lifting = NO_LIFTING
    """What takes media and large content out of spans."""


AS_THEY_ARE: Final = Handling()


class CollectorService:
    """The one way in for records of calls. Safe to share between threads."""

    def __init__(
        self,
        warehouse: Warehouse,
        prices: PriceBook,
        clock: Clock,
        dead_letter_folder: Path,
        *,
        correlation: Correlation | None = None,
        rescue: Rescue = lambda _spans: None,
        note_key_use: NoteKeyUse = lambda _used: None,
        handling: Handling = AS_THEY_ARE,
    ) -> None:
        """Store in `warehouse`; `note_key_use` is told when each API key was last used, and must not fail."""
        self._warehouse = warehouse
        self._correlation = correlation or Correlation(warehouse, clock)
        self._rescue = rescue
        self._prices = prices
        self._clock = clock
        self._note_key_use = note_key_use
        self._screen = handling.screen
        self._lifting = handling.lifting
        self._dead_letters = DeadLetters(dead_letter_folder, clock)
        self._decoder = msgspec.msgpack.Decoder(Call)
        # Guards `_counts`.
        self._counting = threading.Lock()
        self._counts = Counts()

    @property
    def counts(self) -> Counts:
        """What was done so far, for metrics."""
        return self._counts

    @property
    def dead_letters(self) -> DeadLetters:
        """Where records go that cannot be read."""
        return self._dead_letters

    def warm(self) -> None:
        """Load now, off the path of any request, what the first batch would otherwise wait a second for."""
        self._prices.warm()
        rows.warm()

    def accept(self, body: bytes, *, replay: bool) -> Receipt:
        """Store the records framed in `body`, and return when they are durable.

        `replay` says that some may have been sent before; then each is looked up first.

        Raises:
            Unavailable: the warehouse cannot take rows now; nothing is acknowledged, send the same batch again.
        """
        calls: list[Call] = []
        rejected: list[Rejection] = []
        seen: set[tuple[str, str]] = set()
        for index, payload in enumerate(_payloads(body)):
            try:
                call = self._read(payload)
            except InvalidInput as error:
                damaged = payload if isinstance(payload, bytes) else payload.data
                self._dead_letters.keep(self._screen.damaged(damaged), error.message)
                rejected.append(Rejection(index=index, reason=error.message))
                continue
            if (call.project_id, call.span_id) not in seen:
                seen.add((call.project_id, call.span_id))
                calls.append(call)
        lifted = self._lifting.calls(calls, self._screen.medium)
        self._screen.calls(calls)
        taken, calls = len(calls), self._screen.present(calls)
        known = self._store(calls, lifted, replay=replay)
        self._note_key_use(_last_uses(calls))
        self._count(accepted=taken, rejected=len(rejected), known=known)
        return Receipt(accepted=taken, rejected=rejected)

    def _read(self, payload: "bytes | _Damaged") -> Call:
        if isinstance(payload, _Damaged):
            raise InvalidInput(payload.reason)
        try:
            call = self._decoder.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InvalidInput(f"the record cannot be decoded: {error}") from error
        defect = defect_of(call, self._clock.now_ns())
        if defect:
            raise InvalidInput(defect)
        return call

    def _store(self, calls: list[Call], lifted: Found, *, replay: bool) -> int:
        spans: list[Span] = []
        ledger: list[LedgerEntry] = []
        for call in calls:
            made = spans_of_call.rows_of(call, [self._quote(call, attempt) for attempt in call.attempts])
            spans += made.spans
            ledger += made.ledger
        known = 0
        if replay:
            stored = rows.known_spans(self._warehouse, spans)
            entered = rows.known_entries(self._warehouse, ledger)
            known = len(stored)
            spans = [span for span in spans if (span.project_id, span.span_id) not in stored]
            calls = [call for call in calls if (call.project_id, call.span_id) not in stored]
            ledger = [entry for entry in ledger if (entry.project_id, entry.span_id) not in entered]
        placed = [_known(call) for call in calls]
        _, rescued = self._correlation.place(placed, {})
        roots = {each.span_id: each.written[0] for each in placed}
        heirs = {each.span_id: each.written[2] for each in placed if each.written[2] != NOBODY}
        taken = spans_of_call.take_over(Rows(spans=spans_of_call.place(spans, roots), ledger=ledger), heirs)
        rows.insert_spans(self._warehouse, self._lifting.keep(taken.spans, lifted))
        rows.insert_ledger(self._warehouse, taken.ledger)
        self._correlation.settle(placed)
        if rescued:
            self._rescue(rescued)
        return known

    def _quote(self, call: Call, attempt: Attempt) -> Quote:
        return self._prices.quote(
            project_id=call.project_id,
            provider_kind=attempt.provider_kind,
            provider=attempt.provider,
            model=attempt.model,
            response_model=attempt.response_model,
            service_tier=attempt.service_tier,
            usage=attempt.usage,
            usage_source=attempt.usage_source,
            outcome=attempt.outcome,
            has_content=spans_of_call.has_content(attempt),
            at=datetime.fromtimestamp(attempt.started_ns // _NS_PER_S, UTC),
        )

    def _count(self, *, accepted: int, rejected: int, known: int) -> None:
        with self._counting:
            before = self._counts
            self._counts = Counts(
                batches=before.batches + 1,
                accepted=before.accepted + accepted,
                rejected=before.rejected + rejected,
                already_known=before.already_known + known,
            )


def _last_uses(calls: list[Call]) -> dict[str, datetime]:
    latest: dict[str, int] = {}
    for call in calls:
        if call.key_id:
            latest[call.key_id] = max(call.started_ns, latest.get(call.key_id, 0))
    return {key_id: datetime.fromtimestamp(at_ns // _NS_PER_S, UTC) for key_id, at_ns in latest.items()}


def _known(call: Call) -> Known:
    last = call.attempts[-1] if call.attempts else None
    return Known(
        project_id=call.project_id,
        trace_id=call.trace_id,
        span_id=call.span_id,
        parent_span_id=call.parent_span_id,
        started_ns=call.started_ns,
        ended_ns=max(call.started_ns, call.ended_ns),
        is_gateway=True,
        is_billed=True,
        inherits=True,
        said=spans_of_call.said(call),
        response_id=last.response_id if last else "",
        usage=last.usage if last else None,
    )


@dataclass(frozen=True, slots=True)
class _Damaged:
    """Bytes that are no whole frame."""

    data: bytes
    reason: str


def _payloads(body: bytes) -> Iterator[bytes | _Damaged]:
    """Yield each frame's payload; damage is passed over up to the next place where a whole frame begins."""
    offset = 0
    while offset < len(body):
        whole = frames.intact_length(body, offset)
        yield from frames.split(body[offset:whole])
        if whole == len(body):
            return
        offset = _next_whole(body, whole + 1)
        yield _Damaged(body[whole:offset], _damage(body[whole:]))


def _next_whole(body: bytes, start: int) -> int:
    # The checksum makes a false find as good as impossible.
    return next((at for at in range(start, len(body)) if frames.intact_length(body, at) > at), len(body))


def _damage(data: bytes) -> str:
    try:
        next(frames.split(data))
    except InvalidInput as error:
        return error.message
    return "the frame is damaged"


def defect_of(call: Call, now_ns: int) -> str:
    """Say what makes a record impossible, or nothing: ids, times and counts are checked, as senders can be wrong."""
    if not call.project_id:
        return "the record has no project id"
    if not _TRACE_ID.fullmatch(call.trace_id) or not _SPAN_ID.fullmatch(call.span_id):
        return f"trace id {call.trace_id!r} or span id {call.span_id!r} is not lower-case hex of 32 and 16 digits"
    if call.parent_span_id and not _SPAN_ID.fullmatch(call.parent_span_id):
        return f"parent span id {call.parent_span_id!r} is not 16 lower-case hex digits"
    if not 0 <= call.status_code < 1000:  # noqa: PLR2004 - three digits
        return f"status code {call.status_code} is not one of HTTP"
    if call.prompt is not None and not 0 <= call.prompt.version < 2**32:
        return f"prompt version {call.prompt.version} is not a version"
    times = [call.started_ns, *(attempt.started_ns for attempt in call.attempts)]
    for started_ns in times:
        if not _OLDEST_NS <= started_ns <= now_ns + _AHEAD_NS:
            return f"start {started_ns} ns lies before 2020 or more than a day ahead of this server's clock"
    return next((defect for attempt in call.attempts if (defect := _defect_of_attempt(attempt))), "")


def _defect_of_attempt(attempt: Attempt) -> str:
    if not _SPAN_ID.fullmatch(attempt.span_id):
        return f"attempt's span id {attempt.span_id!r} is not 16 lower-case hex digits"
    if attempt.status_code is not None and not 0 <= attempt.status_code < 1000:  # noqa: PLR2004 - three digits
        return f"attempt's status code {attempt.status_code} is not one of HTTP"
    usage = attempt.usage or Usage()
    for bucket in BUCKETS:
        tokens = getattr(usage, bucket)
        if not 0 <= tokens <= _MOST_TOKENS:
            return f"{tokens} tokens in {bucket} are impossible: at least 0, at most {_MOST_TOKENS}"
    return ""
