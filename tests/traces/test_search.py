from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from trimtab.base import ids
from trimtab.base.clock import FixedClock
from trimtab.base.errors import Forbidden, InvalidInput, NotFound
from trimtab.identity.access import Principal, ProjectAccess, Right
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import spans_of_call
from trimtab.traces.collector import CollectorService
from trimtab.traces.filter import CallFilter
from trimtab.traces.service import Period, TraceService
from trimtab.traces.store import rows
from trimtab.traces.views import TraceRow

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]
Store = Callable[..., list[Call]]
Find = Callable[..., list[TraceRow]]


@pytest.fixture
def store(collector: CollectorService, frame: Frame) -> Store:
    """Give a function that sends calls through the collector."""

    def send(*calls: Call) -> list[Call]:
        assert collector.accept(frame(calls), replay=False).accepted == len(calls)
        return list(calls)

    return send


@pytest.fixture
def find(traces: TraceService, access: ProjectAccess) -> Find:
    """Give a function that lists the calls that fit a filter."""

    def listing(**wanted: Any) -> list[TraceRow]:
        return traces.listing(access, Period(), CallFilter(**wanted), cursor=None, limit=200).items

    return listing


def test_row_shows_what_the_call_was(store: Store, find: Find, make_call: MakeCall) -> None:
    (call,) = store(make_call())
    (row,) = find()
    shown = row.model_dump(mode="json")
    assert shown | {} == {
        "trace_id": call.trace_id,
        "span_id": call.span_id,
        "request_id": call.request_id,
        "started_at": "2026-11-20T11:59:59Z",
        "name": "chat prompt:support/answer",
        "status": "ok",
        "outcome": "ok",
        "error_code": "",
        "duration_ms": 1000.0,
        "ttft_ms": 200.0,
        "model": "gpt-4o",
        "provider": "openai",
        "prompt": {"name": "support/answer", "version": 3, "release_id": "rel_1", "arm": "main"},
        "environment": "production",
        "feature": "chat",
        "user_id": "user-1",
        "session_id": "session-1",
        "team": "red",
        "stream": True,
        "input_tokens": 150,
        "output_tokens": 20,
        "cost_usd": "0.0005125",
        "cost_source": "provider",
        "is_sample": False,
        "input_preview": "Where is Oslo?",
        "output_preview": "In Norway.",
        "span_count": 2,
        "scores": [],
        "tags": [],
        "comment_count": 0,
        "is_corrected": False,
    }


@pytest.mark.parametrize(
    ("different", "wanted"),
    [
        ({"outcome": Outcome.UPSTREAM_ERROR}, {"status": "error"}),
        ({"feature": "search"}, {"feature": "search"}),
        ({"feature": ""}, {"feature": ""}),
        ({"user_id": "o'neil\\"}, {"user": "o'neil\\"}),
        ({"session_id": "s2"}, {"session": "s2"}),
        ({"environment": "staging"}, {"environment": "staging"}),
        ({"is_sample": True}, {"sample": True}),
        ({"prompt": None}, {"prompt": ""}),
        ({"ended_ns": 1_795_176_005_000_000_000}, {"min_duration_ms": 5000}),
    ],
)
def test_each_filter_keeps_the_one_call_that_fits(
    store: Store, find: Find, make_call: MakeCall, different: dict[str, Any], wanted: dict[str, Any]
) -> None:
    _, fitting = store(make_call(), make_call(**different))
    assert [row.trace_id for row in find(**wanted)] == [fitting.trace_id]


@pytest.mark.parametrize("model", ["gpt-4o-mini", "azure-eu/gpt-4o-mini"])
def test_model_is_found_with_and_without_its_provider(
    store: Store, find: Find, make_call: MakeCall, make_attempt: MakeAttempt, model: str
) -> None:
    other = make_attempt(provider="azure-eu", provider_kind="azure", model="gpt-4o-mini")
    _, fitting = store(make_call(), make_call(attempts=[other]))
    assert [row.trace_id for row in find(model=model)] == [fitting.trace_id]
    assert [row.trace_id for row in find(provider="azure-eu")] == [fitting.trace_id]


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("LISBON", 1),  # in any case
        ("is 100% sure", 1),  # a wildcard is a character like others
        ("is 10% sure", 0),
        ("lisbon_is", 0),
        ("snake_case", 1),
        ("snakeXcase", 0),
        ("back\\slash", 1),
        ("日本", 1),
        ("ab", 1),  # shorter than the index's pieces
        ("weather_tool", 1),  # the name of a tool that was called
        ("nowhere", 0),
        ("  lisbon  ", 1),
        ("", 2),
    ],
)
def test_text_is_found_anywhere_in_the_messages(
    store: Store, find: Find, make_call: MakeCall, text: str, hits: int
) -> None:
    said = (
        '[{"message":{"role":"assistant","content":"Lisbon is 100% sure. snake_case back\\\\slash 日本 xaby",'
        '"tool_calls":[{"id":"1","function":{"name":"weather_tool","arguments":"{}"}}]}}]'
    )
    store(make_call(), make_call(output_messages=said.encode()))
    assert len(find(text=text)) == hits


def test_trace_id_finds_its_trace(store: Store, find: Find, make_call: MakeCall) -> None:
    first, _ = store(make_call(), make_call())
    assert [row.trace_id for row in find(text=f" {first.trace_id.upper()} ")] == [first.trace_id]


def test_request_id_finds_its_call(store: Store, find: Find, make_call: MakeCall) -> None:
    _, second = store(make_call(), make_call())
    assert [row.request_id for row in find(text=second.request_id)] == [second.request_id]


def test_pages_show_every_call_once_even_when_all_began_at_the_same_moment(
    store: Store, traces: TraceService, access: ProjectAccess, make_call: MakeCall
) -> None:
    same = [make_call(1_795_176_000_000_000_000) for _ in range(7)]
    later = [make_call(1_795_176_000_000_000_000 + place) for place in range(1, 6)]
    calls = store(*same, *later)
    seen: list[str] = []
    cursor = None
    for _ in range(5):
        page = traces.listing(access, Period(), CallFilter(), cursor=cursor, limit=3)
        seen += [row.trace_id for row in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert cursor is None
    assert len(seen) == 12
    assert set(seen) == {call.trace_id for call in calls}
    assert seen[:5] == [call.trace_id for call in reversed(later)]


@pytest.mark.parametrize("cursor", ["", "1-2", "abc", "9" * 19 + "-" + "0" * 16, "1'--"])
def test_cursor_that_is_not_ours_is_refused(traces: TraceService, access: ProjectAccess, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="is not one of this list"):
        traces.listing(access, Period(), CallFilter(), cursor=cursor, limit=3)


def test_range_holds_its_start_and_not_its_end(
    store: Store, traces: TraceService, access: ProjectAccess, clock: FixedClock, make_call: MakeCall
) -> None:
    start = clock.now() - timedelta(hours=2)
    end = start + timedelta(hours=1)
    at_ns = int(start.timestamp()) * 10**9
    first, last, _, _ = store(*(make_call(at_ns + offset) for offset in (0, 3600 * 10**9 - 1, -1, 3600 * 10**9)))
    found = traces.listing(access, Period(start, end), CallFilter(), cursor=None, limit=10).items
    assert [row.trace_id for row in found] == [last.trace_id, first.trace_id]


def test_span_that_was_stored_twice_is_shown_once(
    warehouse: Warehouse, traces: TraceService, access: ProjectAccess, make_call: MakeCall
) -> None:
    first, second = make_call(attempts=[]), make_call(attempts=[])
    roots = [spans_of_call.rows_of(call, []).spans[0] for call in (first, second)]
    rows.insert_spans(warehouse, roots)
    rows.insert_spans(warehouse, roots[:1])
    found = traces.listing(access, Period(), CallFilter(), cursor=None, limit=10)
    assert sorted(row.trace_id for row in found.items) == sorted([first.trace_id, second.trace_id])
    assert found.next is None
    assert [len(traces.get(access, row.trace_id).spans) for row in found.items] == [1, 1]
    assert traces.overview(access, Period(), "model").totals.requests == 2
    (status,) = [facet for facet in traces.facets(access, Period()).facets if facet.field == "status"]
    assert status.values[0].count == 2


def test_page_is_full_however_often_its_spans_were_stored(
    warehouse: Warehouse, traces: TraceService, access: ProjectAccess, make_call: MakeCall
) -> None:
    calls = [make_call(1_795_176_000_000_000_000 + place, attempts=[]) for place in range(4)]
    roots = [spans_of_call.rows_of(call, []).spans[0] for call in calls]
    for other in roots:
        # The same two spans in ever different batches, so that the engine does not know them again.
        rows.insert_spans(warehouse, [*roots[2:], *([other] if other not in roots[2:] else [])])
    rows.insert_spans(warehouse, roots)
    newest = traces.listing(access, Period(), CallFilter(), cursor=None, limit=1)
    assert [row.trace_id for row in newest.items] == [calls[3].trace_id]
    seen = traces.listing(access, Period(), CallFilter(), cursor=newest.next, limit=3)
    assert [row.trace_id for row in seen.items] == [call.trace_id for call in calls[2::-1]]


def test_facets_count_the_values_that_filters_can_take(
    store: Store, traces: TraceService, access: ProjectAccess, make_call: MakeCall
) -> None:
    store(make_call(), make_call(), make_call(feature="search", prompt=None, outcome=Outcome.TIMEOUT))
    found = {
        facet.field: [(value.value, value.count) for value in facet.values]
        for facet in traces.facets(access, Period()).facets
    }
    assert found == {
        "model": [("openai/gpt-4o", 3)],
        "provider": [("openai", 3)],
        "prompt": [("support/answer", 2)],
        "feature": [("chat", 2), ("search", 1)],
        "environment": [("production", 3)],
        "status": [("ok", 2), ("error", 1)],
    }


def test_trace_shows_its_spans_messages_and_ledger(
    store: Store, traces: TraceService, access: ProjectAccess, make_call: MakeCall, make_attempt: MakeAttempt
) -> None:
    failed = make_attempt(
        outcome=Outcome.UPSTREAM_ERROR, status_code=503, usage=None, first_token_ns=None, error_type="overloaded"
    )
    answered = make_attempt(started_ns=failed.started_ns + 50_000_000)
    (call,) = store(make_call(attempts=[failed, answered], variables=b'{"city":"Oslo"}'))
    detail = traces.get(access, call.trace_id)
    assert detail.trace.span_count == 3
    assert not detail.is_truncated
    root, first, second = detail.spans
    assert [span.kind for span in detail.spans] == ["server", "client", "client"]
    assert root.start_ns == str(call.started_ns)
    assert [message.content for message in root.input_messages] == ["Be kind.", "Where is Oslo?"]
    assert root.variables == {"city": "Oslo"}
    assert root.parameters == second.parameters == {"temperature": 0.2}
    assert second.input_messages == root.input_messages
    assert [message.content for message in second.output_messages] == ["In Norway."]
    assert second.output_messages[0].finish_reason == "stop"
    assert first.output_messages == []
    assert first.events[0].attributes["exception.type"] == "overloaded"
    assert second.events[0].name == "gen_ai.first_token"
    assert [row.price_source for row in detail.ledger] == ["not_billed", "provider"]
    priced = detail.ledger[1]
    assert priced.formula.endswith("= $0.0005125")
    assert [line.cost_usd for line in priced.price_lines] == ["0.00025", "0.0000625", "0.0002"]
    assert sum(row.cost_usd or 0 for row in detail.ledger) == detail.trace.cost_usd


def test_two_calls_of_one_trace_are_two_lines_and_one_page(
    store: Store, traces: TraceService, access: ProjectAccess, find: Find, make_call: MakeCall
) -> None:
    trace_id = ids.new_trace_id()
    store(make_call(trace_id=trace_id, parent_span_id="a" * 16), make_call(trace_id=trace_id))
    rows = find()
    assert [(row.trace_id, row.span_count) for row in rows] == [(trace_id, 4)] * 2
    detail = traces.get(access, trace_id)
    assert len(detail.spans) == 4
    costs = [row.cost_usd for row in rows if row.cost_usd]
    assert len(costs) == 2
    assert detail.trace.cost_usd == sum(costs)
    assert detail.trace.input_tokens == sum(row.input_tokens for row in rows)
    ends = [row.started_at + timedelta(milliseconds=row.duration_ms) for row in rows]
    length = max(ends) - min(row.started_at for row in rows)
    assert detail.trace.duration_ms == pytest.approx(length / timedelta(milliseconds=1), abs=0.01)


def test_another_projects_trace_is_not_there(
    store: Store, traces: TraceService, access: ProjectAccess, find: Find, make_call: MakeCall
) -> None:
    (call,) = store(make_call())
    elsewhere = replace(access, project=replace(access.project, id=ids.new("prj")))
    with pytest.raises(NotFound, match=call.trace_id):
        traces.get(elsewhere, call.trace_id)
    assert traces.listing(elsewhere, Period(), CallFilter(text=call.trace_id), cursor=None, limit=9).items == []
    assert traces.overview(elsewhere, Period(), "model").totals.requests == 0
    assert [row.trace_id for row in find()] == [call.trace_id]


def test_reading_needs_the_right_to_read(traces: TraceService, access: ProjectAccess) -> None:
    caller = Principal(kind="key", id="key_1", name="app", organisation_id="org_1", rights=frozenset({Right.CALL}))
    narrow = replace(access, principal=caller)
    questions: list[Callable[[], object]] = [
        lambda: traces.listing(narrow, Period(), CallFilter(), cursor=None, limit=1),
        lambda: traces.facets(narrow, Period()),
        lambda: traces.get(narrow, ids.new_trace_id()),
        lambda: traces.overview(narrow, Period(), "model"),
    ]
    for ask in questions:
        with pytest.raises(Forbidden, match="'read'"):
            ask()
