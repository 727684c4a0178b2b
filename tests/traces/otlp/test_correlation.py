"""Spans that belong together are told so, in whatever order and however often they come."""

import itertools
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from tests.traces.application import Application
from tests.traces.payload import accepted, chat, child, now_ns, post, request, span

from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import Usage

_AGENT = {"gen_ai.operation.name": "invoke_agent"}
_WEB = {"http.request.method": "GET"}
_CHAT_USD = Decimal("0.00045")
MakeCall = Callable[..., Call]


def _named(app: Application) -> list[str]:
    return sorted(row["name"] for row in app.traces())


def _requests(app: Application) -> tuple[int, Decimal]:
    totals = app.get("/overview")["totals"]
    return totals["requests"], Decimal(totals["cost_usd"] or 0)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_root_stands_for_its_trace_in_whatever_order_spans_come(app: Application, order: tuple[int, ...]) -> None:
    root = span("root", _AGENT)
    middle = child(root, "middle", _AGENT)
    spans = [root, middle, child(middle, "chat", chat())]
    for place in order:
        accepted(app, spans[place])
    assert _named(app) == ["root"]
    assert app.traces()[0]["span_count"] == 3
    assert _requests(app) == (1, _CHAT_USD)


def test_a_trace_without_its_root_is_listed_by_the_topmost_span(app: Application) -> None:
    remote = span("elsewhere", _AGENT)
    middle = child(remote, "middle", _AGENT)
    accepted(app, child(middle, "chat", chat()), middle)
    assert _named(app) == ["middle"]


def test_a_span_sent_again_changes_nothing(app: Application) -> None:
    root = span("root", _AGENT)
    call = child(root, "chat", chat())
    accepted(app, root, call)
    accepted(app, root, call)
    accepted(app, call)
    assert _requests(app) == (1, _CHAT_USD)
    assert app.traces()[0]["span_count"] == 2
    assert len(app.ledger(root["traceId"])) == 1


def test_a_span_of_a_day_and_one_that_ends_before_it_starts_are_taken(app: Application) -> None:
    day_ns = 86_400 * 10**9
    at_ns = now_ns() - day_ns
    long = span("long", _AGENT, at_ns=at_ns, endTimeUnixNano=str(at_ns + day_ns))
    skewed = child(long, "skewed", chat(), endTimeUnixNano=str(at_ns - 5 * 10**9))
    accepted(app, long, skewed)
    spans = app.spans(long["traceId"])
    assert (spans["long"]["duration_ms"], spans["skewed"]["duration_ms"]) == (86_400_000, 0)


def test_what_has_nothing_to_do_with_a_model_is_put_aside_and_counted(app: Application) -> None:
    accepted(app, span("GET /", _WEB), span("SELECT", {"db.system": "sqlite"}))
    assert app.traces() == []
    counts = app.running.services.receiver.counts(app.project_id)
    assert (counts["spans_accepted"], counts["spans_put_aside"], counts["spans_stored"]) == (2, 2, 0)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("first", ["above", "below"])
def test_what_lies_above_a_call_is_kept_and_what_lies_beside_it_is_not(
    app: Application, first: str, *, together: bool
) -> None:
    web = span("GET /", _WEB)
    step = child(web, "handler", {})
    beside = child(web, "SELECT", {"db.system": "sqlite"})
    call = child(step, "chat", chat())
    beneath = child(call, "POST api.openai.com", _WEB)
    spans = [web, step, beside, beneath, call] if first == "above" else [call, beneath, beside, step, web]
    if together:
        accepted(app, *spans)
    else:
        for each in spans:
            accepted(app, each)
    assert sorted(app.spans(web["traceId"])) == ["GET /", "chat", "handler"]
    assert _named(app) == ["GET /"]


def test_spans_that_come_after_a_restart_find_their_trace(app: Application) -> None:
    web = span("GET /", _WEB)
    root = child(web, "root", _AGENT)
    call = child(root, "chat", chat())
    accepted(app, call)
    accepted(app, web)
    _forget(app)
    accepted(app, root)
    assert sorted(app.spans(web["traceId"])) == ["GET /", "chat", "root"]
    assert _named(app) == ["GET /"]
    assert _requests(app) == (1, _CHAT_USD)


def _forget(app: Application) -> None:
    """Take away what the process remembers, as a restart does."""
    correlation = app.running.services.receiver._correlation
    correlation._recent = type(correlation._recent)()
    correlation._started_ns = now_ns()


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)], ids=str)
def test_a_call_within_a_call_is_counted_once(app: Application, order: tuple[int, ...]) -> None:
    root = span("root", _AGENT)
    outer = child(root, "outer", chat(dialect="one"))
    inner = child(outer, "inner", chat(dialect="two"))
    spans = [root, outer, inner]
    for place in order:
        accepted(app, spans[place])
    assert _requests(app) == (1, _CHAT_USD)
    (listed,) = app.traces()
    assert (Decimal(listed["cost_usd"]), listed["input_tokens"]) == (_CHAT_USD, 100)
    stored = app.spans(root["traceId"])
    assert Decimal(stored["outer"]["cost_usd"]) == 0
    assert stored["outer"]["cost_source"] == "counted_elsewhere"
    assert Decimal(stored["inner"]["cost_usd"]) == _CHAT_USD
    formulas = {row["span_id"]: row["formula"] for row in app.ledger(root["traceId"])}
    assert inner["spanId"] in formulas[outer["spanId"]]


def test_two_instrumentations_side_by_side_are_told_by_the_answer_that_they_report(app: Application) -> None:
    root = span("root", _AGENT)
    one, two = (child(root, name, chat(**{"gen_ai.response.id": "chatcmpl-7"})) for name in ("one", "two"))
    other = child(root, "other", chat(**{"gen_ai.response.id": "chatcmpl-8"}))
    accepted(app, one)
    accepted(app, root, two, other)
    assert _requests(app) == (2, 2 * _CHAT_USD)


def test_one_id_for_calls_that_follow_one_another_does_not_make_them_one(app: Application) -> None:
    same = chat(**{"gen_ai.response.id": "constant"})
    accepted(app, span("now", same), span("before", same, at_ns=now_ns() - 60 * 10**9))
    assert _requests(app) == (2, 2 * _CHAT_USD)


@pytest.fixture
def gateway(
    app: Application,
    make_call: MakeCall,
    make_attempt: Callable[..., Attempt],
    frame: Callable[[Iterable[Call]], bytes],
) -> Callable[..., Call]:
    """Give a function that has the gateway report a call of 100 and 20 tokens of gpt-4o."""

    def send(at_ns: int, response_id: str, **facts: Any) -> Call:
        attempt = make_attempt(
            at_ns, response_id=response_id, usage=Usage(input_uncached=100, output_text=20), response_model="gpt-4o"
        )
        call = make_call(at_ns, project_id=app.project_id, attempts=[attempt], **facts)
        answer = app.running.internal().post("/internal/v1/calls", content=frame([call]))
        assert answer.json() == {"accepted": 1, "rejected": []}
        return call

    return send


@pytest.mark.parametrize("first", ["gateway", "application"])
def test_a_call_through_the_gateway_that_an_instrumentation_reports_too_is_counted_once(
    app: Application, gateway: Callable[..., Call], first: str
) -> None:
    at_ns = now_ns() - 3 * 10**9
    root = span("root", _AGENT, at_ns=at_ns - 10**6)
    reported = child(root, "reported", chat(**{"gen_ai.response.id": "chatcmpl-9"}), at_ns=at_ns)
    if first == "gateway":
        gateway(at_ns, "chatcmpl-9")
    accepted(app, root, reported)
    if first == "application":
        gateway(at_ns, "chatcmpl-9")
    assert _requests(app) == (1, _CHAT_USD)
    assert app.spans(root["traceId"])["reported"]["cost_source"] == "counted_elsewhere"


@pytest.mark.parametrize("first", ["gateway", "application"])
def test_a_call_through_the_gateway_lies_in_the_trace_of_the_application(
    app: Application, gateway: Callable[..., Call], first: str
) -> None:
    at_ns = now_ns() - 3 * 10**9
    root = span("root", _AGENT, at_ns=at_ns - 10**6)
    reported = child(root, "reported", chat(), at_ns=at_ns)
    web = child(reported, "POST", _WEB, at_ns=at_ns)
    place = {"trace_id": root["traceId"], "parent_span_id": web["spanId"]}
    if first == "gateway":
        gateway(at_ns, "a", **place)
        assert len(app.traces()) == 1
    accepted(app, root, reported, web)
    if first == "application":
        gateway(at_ns, "a", **place)
    assert _named(app) == ["root"]
    assert _requests(app) == (1, _CHAT_USD)
    assert "POST" in app.spans(root["traceId"])


def test_a_call_that_names_no_usage_is_unpriced_and_not_free(app: Application) -> None:
    found = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}
    accepted(app, span("silent", found))
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], totals["cost_usd"], totals["unpriced_requests"]) == (1, None, 1)


_REFUSED = {"code": 2, "message": "refused"}
_NAMED = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"}


def test_a_call_that_was_turned_away_is_a_call_that_failed_and_cost_nothing(app: Application) -> None:
    accepted(app, span("failed", _NAMED, status=_REFUSED))
    totals = app.get("/overview")["totals"]
    assert [totals[name] for name in ("requests", "errors", "unpriced_requests", "cost_usd")] == [1, 1, 0, "0"]
    (listed,) = app.traces(filter="error")
    assert (listed["cost_usd"], listed["status"]) == ("0", "error")
    (entry,) = app.ledger(listed["trace_id"])
    assert entry["price_source"] == "not_billed"


def test_a_call_that_broke_off_after_it_had_begun_to_answer_costs_nobody_knows_what(app: Application) -> None:
    said = {"gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "In Nor"}]}]'}
    accepted(app, span("broken", _NAMED | said, status=_REFUSED))
    totals = app.get("/overview")["totals"]
    assert [totals[name] for name in ("requests", "errors", "unpriced_requests", "cost_usd")] == [1, 1, 1, None]


@pytest.mark.parametrize("is_turned", [False, True])
@pytest.mark.parametrize(
    ("around", "within", "requests", "errors", "unpriced"),
    [
        # A framework and the library beneath it both say that it failed.
        (_NAMED | {"failed": True}, [{}], 1, 1, 0),
        # The framework got an answer and says what it used: what failed within it was an attempt.
        (chat(), [{}], 1, 0, 0),
        # It got one, and nobody says what it used.
        (_NAMED, [{}], 1, 0, 1),
        # The attempt after the failed one is reported as well.
        (chat(), [{}, chat()], 1, 0, 0),
    ],
)
def test_an_attempt_that_was_turned_away_does_not_hide_the_call_around_it(
    app: Application,
    around: dict[str, Any],
    within: list[dict[str, Any]],
    requests: int,
    errors: int,
    unpriced: int,
    *,
    is_turned: bool,
) -> None:
    failed = {"status": _REFUSED} if around.get("failed") else {}
    outer = span("outer", {name: value for name, value in around.items() if name != "failed"}, **failed)
    inner = [child(outer, "inner", each or _NAMED, **({} if each else {"status": _REFUSED})) for each in within]
    for each in [*inner, outer] if is_turned else [outer, *inner]:
        accepted(app, each)
    totals = app.get("/overview")["totals"]
    found = [totals[name] for name in ("requests", "errors", "unpriced_requests")]
    assert found == [requests, errors, unpriced]
    if around == chat():
        assert Decimal(totals["cost_usd"]) == _CHAT_USD


def test_a_client_that_never_hears_the_answer_and_sends_again_in_other_batches_doubles_nothing(
    app: Application,
) -> None:
    spans = [span(f"chat {number}", chat()) for number in range(40)]
    assert post(app, request(*spans)).status_code == 200
    for start in range(0, 40, 7):
        assert post(app, request(*spans[start : start + 7])).status_code == 200
    assert _requests(app) == (40, 40 * _CHAT_USD)
    assert len(app.traces(limit=100)) == 40
