from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from trimtab.costs.service import PriceBook, Quote
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.llm.usage import Usage, UsageSource
from trimtab.traces.span import SpanKind, Status
from trimtab.traces.spans_of_call import Rows, rows_of

_AT = datetime(2026, 11, 20, tzinfo=UTC)
MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]


@pytest.fixture
def rows(prices: PriceBook) -> Callable[[Call], Rows]:
    """Give a function that prices a call and makes its rows."""

    def quote(attempt: Attempt) -> Quote:
        return prices.quote(
            provider_kind=attempt.provider_kind,
            model=attempt.model,
            usage=attempt.usage,
            usage_source=attempt.usage_source,
            outcome=attempt.outcome,
            has_content=attempt.first_token_ns is not None,
            at=_AT,
        )

    return lambda call: rows_of(call, [quote(attempt) for attempt in call.attempts])


def test_call_is_a_server_span_with_a_client_span_for_each_attempt(
    rows: Callable[[Call], Rows], make_call: MakeCall, make_attempt: MakeAttempt
) -> None:
    failed = make_attempt(outcome=Outcome.UPSTREAM_ERROR, status_code=500, usage=None, first_token_ns=None)
    call = make_call(attempts=[failed, make_attempt()])
    made = rows(call)
    root, first, second = made.spans
    assert [span.kind for span in made.spans] == [SpanKind.SERVER, SpanKind.CLIENT, SpanKind.CLIENT]
    assert (first.parent_span_id, second.parent_span_id) == (root.span_id, root.span_id)
    assert [span.status for span in made.spans] == [Status.OK, Status.ERROR, Status.OK]
    assert [entry.span_id for entry in made.ledger] == [first.span_id, second.span_id]
    assert {entry.call_span_id for entry in made.ledger} == {root.span_id}
    assert root.cost_usd == sum(entry.cost_usd or 0 for entry in made.ledger) == Decimal("0.0005125")
    assert root.dimensions.prompt_name == made.ledger[0].dimensions.prompt_name == "support/answer"


def test_one_unpriced_attempt_makes_the_cost_of_the_call_unknown(
    rows: Callable[[Call], Rows], make_call: MakeCall, make_attempt: MakeAttempt
) -> None:
    made = rows(make_call(attempts=[make_attempt(model="gpt-99"), make_attempt()]))
    assert made.spans[0].cost_usd is None
    assert made.spans[0].cost_source == "none"
    assert [entry.cost_usd for entry in made.ledger] == [None, Decimal("0.0005125")]


def test_usage_attributes_contain_their_subsets_and_the_buckets_do_not(
    rows: Callable[[Call], Rows], make_call: MakeCall, make_attempt: MakeAttempt
) -> None:
    usage = Usage(input_uncached=10, cache_read=20, cache_write_5m=30, cache_write_1h=40, output_text=5, reasoning=7)
    span = rows(make_call(attempts=[make_attempt(usage=usage)])).spans[1]
    found = {name: value for name, value in span.attributes.items() if name.startswith("gen_ai.usage.")}
    assert found == {
        "gen_ai.usage.input_tokens": "100",
        "gen_ai.usage.output_tokens": "12",
        "gen_ai.usage.cache_read.input_tokens": "20",
        "gen_ai.usage.cache_write.input_tokens": "70",
        "gen_ai.usage.reasoning.output_tokens": "7",
    }
    assert span.usage == usage


def test_spans_carry_the_names_of_the_genai_conventions(rows: Callable[[Call], Rows], make_call: MakeCall) -> None:
    call = make_call(metadata={"ticket": "4711"}, parameters=b'{"temperature":0.2,"stop":["a","b"],"tools":[]}')
    root, attempt = rows(call).spans
    assert (
        root.attributes.items()
        >= {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "prompt:support/answer",
            "gen_ai.prompt.name": "support/answer",
            "gen_ai.prompt.version": "3",
            "trimtab.release.id": "rel_1",
            "trimtab.release.arm": "main",
            "trimtab.feature": "chat",
            "user.id": "user-1",
            "session.id": "session-1",
            "trimtab.team": "red",
            "trimtab.key.id": "key_1",
            "trimtab.metadata.ticket": "4711",
        }.items()
    )
    assert (
        attempt.attributes.items()
        >= {
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.request.temperature": "0.2",
            "gen_ai.request.stop_sequences": '["a","b"]',
            "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.response.model": "gpt-4o-2024-08-06",
            "gen_ai.response.finish_reasons": '["stop"]',
            "gen_ai.response.time_to_first_chunk": "0.199000",
        }.items()
    )
    assert [(event.name, event.at_ns) for event in attempt.events] == [
        ("gen_ai.first_token", call.attempts[0].first_token_ns)
    ]


def test_time_to_first_token_counts_from_the_call_and_only_for_streams(
    rows: Callable[[Call], Rows], make_call: MakeCall
) -> None:
    assert rows(make_call(stream=True)).spans[0].ttft_ns == 200_000_000
    assert rows(make_call(stream=False)).spans[0].ttft_ns is None


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.OK, Status.OK),
        (Outcome.CLIENT_GONE, Status.OK),
        (Outcome.REFUSED, Status.ERROR),
        (Outcome.UPSTREAM_REJECTED, Status.ERROR),
        (Outcome.UPSTREAM_ERROR, Status.ERROR),
        (Outcome.TIMEOUT, Status.ERROR),
        (Outcome.UNREACHABLE, Status.ERROR),
    ],
)
def test_a_client_that_left_is_no_error_of_the_service(
    rows: Callable[[Call], Rows], make_call: MakeCall, outcome: Outcome, status: Status
) -> None:
    root = rows(make_call(outcome=outcome)).spans[0]
    assert (root.status, root.dimensions.outcome) == (status, outcome.value)


def test_refused_call_has_no_ledger_entry_and_costs_nothing(rows: Callable[[Call], Rows], make_call: MakeCall) -> None:
    made = rows(
        make_call(attempts=[], outcome=Outcome.REFUSED, status_code=404, error_code="unknown_model", prompt=None)
    )
    assert made.ledger == []
    assert (made.spans[0].cost_usd, made.spans[0].cost_source) == (Decimal(0), "not_billed")
    assert (made.spans[0].error_code, made.spans[0].dimensions.prompt_name) == ("unknown_model", "")


def test_clock_that_went_back_makes_no_negative_duration(rows: Callable[[Call], Rows], make_call: MakeCall) -> None:
    call = make_call()
    call.ended_ns = call.started_ns - 5
    call.attempts[0].ended_ns = 0
    call.attempts[0].first_token_ns = 1
    assert [(span.duration_ns, span.ttft_ns) for span in rows(call).spans] == [(0, 0), (0, 0)]


def test_failed_attempt_shows_its_error_as_an_event(
    rows: Callable[[Call], Rows], make_call: MakeCall, make_attempt: MakeAttempt
) -> None:
    failed = make_attempt(
        outcome=Outcome.TIMEOUT, error_type="read_timeout", error_message="no byte for 60 s", first_token_ns=None
    )
    span = rows(make_call(attempts=[failed], outcome=Outcome.TIMEOUT)).spans[1]
    assert [(event.name, event.attributes) for event in span.events] == [
        (
            "gen_ai.client.operation.exception",
            {"exception.type": "read_timeout", "exception.message": "no byte for 60 s"},
        )
    ]
    assert span.attributes["error.type"] == "read_timeout"


def test_ledger_entry_holds_the_arithmetic_of_its_price(rows: Callable[[Call], Rows], make_call: MakeCall) -> None:
    (entry,) = rows(make_call()).ledger
    assert msgspec.json.decode(entry.price_lines) == [
        {"bucket": "input_uncached", "tokens": 100, "usd_per_million": "2.5", "cost_usd": "0.00025"},
        {"bucket": "cache_read", "tokens": 50, "usd_per_million": "1.25", "cost_usd": "0.0000625"},
        {"bucket": "output_text", "tokens": 20, "usd_per_million": "10", "cost_usd": "0.0002"},
    ]
    assert entry.formula.endswith("= $0.0005125")
    assert entry.price_version.startswith("genai-prices/")


def test_estimated_usage_is_marked_on_the_call(
    rows: Callable[[Call], Rows], make_call: MakeCall, make_attempt: MakeAttempt
) -> None:
    root = rows(make_call(attempts=[make_attempt(usage_source=UsageSource.ESTIMATED)])).spans[0]
    assert (root.usage_source, root.cost_source) == ("estimated", "estimated")
