"""A call whose user, session, feature or team stands above it alone is theirs, in whatever order spans come."""

import itertools
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import pytest
from tests.traces.application import Application
from tests.traces.payload import accepted, attributes, chat, child, now_ns, span

from trimtab.llm.call import Attempt, Call

_AGENT = {"gen_ai.operation.name": "invoke_agent"}
_WHOSE = {"user.id": "ada \\ o'hara", "session.id": "s-1", "trimtab.feature": "search", "trimtab.team": "core"}
_FIELDS = ("user_id", "session_id", "feature", "team")
_ADAS = ("ada \\ o'hara", "s-1", "search", "core")
_CHAT_USD = Decimal("0.00045")
MakeCall = Callable[..., Call]


def _rows(app: Application, table: str, *names: str, of: str = "") -> list[tuple[Any, ...]]:
    """Return what the warehouse holds of the project's calls, or of other rows."""
    only = of or ("is_call" if table == "spans" else "1")
    found = app.running.services.warehouse.query(
        f"SELECT {', '.join(names)} FROM {table} FINAL WHERE project_id = {{p:String}} AND {only}",  # noqa: S608 - ours
        {"p": app.project_id},
    )
    return sorted(tuple(row[name] for name in names) for row in found)


def _calls_are(app: Application, *whose: tuple[str, ...]) -> None:
    for table in ("spans", "ledger"):
        assert _rows(app, table, *_FIELDS) == sorted(whose), table


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_a_call_takes_over_what_stands_above_it_in_whatever_order_spans_come(
    app: Application, order: tuple[int, ...]
) -> None:
    root = span("root", _AGENT | _WHOSE)
    middle = child(root, "middle", _AGENT)
    spans = [root, middle, child(middle, "chat", chat())]
    for place in order:
        accepted(app, spans[place])
    _calls_are(app, _ADAS)
    for place in order:
        accepted(app, spans[place])
    _calls_are(app, _ADAS)
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], Decimal(totals["cost_usd"])) == (1, _CHAT_USD)


def test_all_of_a_trace_at_once(app: Application) -> None:
    root = span("root", _AGENT | _WHOSE)
    accepted(app, *(child(root, "chat", chat()) for _ in range(3)), root)
    _calls_are(app, _ADAS, _ADAS, _ADAS)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 1)], ids=str)
def test_the_nearest_that_says_it_counts_and_what_a_call_says_itself_stays(
    app: Application, order: tuple[int, ...]
) -> None:
    root = span("root", _AGENT | _WHOSE)
    middle = child(root, "middle", _AGENT | {"trimtab.feature": "answers"})
    spans = [root, middle, child(middle, "chat", chat(**{"trimtab.team": "edge"}))]
    for place in order:
        accepted(app, spans[place])
    _calls_are(app, (*_ADAS[:2], "answers", "edge"))


def test_what_stands_on_a_span_that_was_put_aside_counts_too(app: Application) -> None:
    web = span("GET /", {"http.request.method": "GET", "enduser.id": "eve"})
    step = child(web, "step", _AGENT)
    accepted(app, web)
    accepted(app, child(step, "chat", chat()))
    accepted(app, step)
    _calls_are(app, ("eve", "", "", ""))


@pytest.mark.parametrize("is_first", [True, False])
def test_what_stands_above_is_taken_over_across_a_restart(app: Application, *, is_first: bool) -> None:
    root = span("root", _AGENT | _WHOSE)
    spans = [root, child(root, "chat", chat())]
    for each in spans if is_first else reversed(spans):
        accepted(app, each)
        _forget(app)
    _calls_are(app, _ADAS)


def test_what_was_put_aside_before_a_restart_is_taken_over_after_it(app: Application) -> None:
    web = span("GET /", {"http.request.method": "GET", "session.id": "tea"})
    accepted(app, web)
    _forget(app)
    accepted(app, child(web, "chat", chat()))
    _calls_are(app, ("", "tea", "", ""))


def test_a_root_that_comes_again_and_says_more_is_heard(app: Application) -> None:
    root = span("root", _AGENT)
    accepted(app, root, child(root, "chat", chat()))
    accepted(app, root | {"attributes": attributes(_AGENT | _WHOSE)})
    _calls_are(app, _ADAS)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_an_environment_is_taken_over_only_by_a_call_that_names_none(app: Application, order: tuple[int, ...]) -> None:
    root = span("root", _AGENT)
    for place in order:
        if place == 0:
            accepted(app, root, **{"deployment.environment.name": "staging"})
        else:
            accepted(app, child(root, "one", chat()))
            accepted(app, child(root, "two", chat()), **{"deployment.environment.name": "canary"})
    assert _rows(app, "ledger", "environment") == [("canary",), ("staging",)]
    assert _rows(app, "spans", "environment") == [("canary",), ("staging",)]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=str)
def test_a_call_through_the_gateway_takes_over_too_with_its_attempts(
    app: Application,
    order: tuple[int, ...],
    make_call: MakeCall,
    make_attempt: Callable[..., Attempt],
    frame: Callable[[Iterable[Call]], bytes],
) -> None:
    at_ns = now_ns() - 2 * 10**9
    root = span("root", _AGENT | _WHOSE, at_ns=at_ns)
    call = make_call(
        at_ns,
        project_id=app.project_id,
        trace_id=root["traceId"],
        parent_span_id=root["spanId"],
        attempts=[make_attempt(at_ns), make_attempt(at_ns + 10**6)],
        **dict.fromkeys(("user_id", "session_id", "feature"), ""),
        team="edge",
    )

    def send_call() -> None:
        answer = app.running.internal().post("/internal/v1/calls", content=frame([call]))
        assert answer.status_code == 200, answer.text

    for place in order:
        (lambda: accepted(app, root), send_call)[place]()
    mine = (*_ADAS[:3], "edge")
    assert _rows(app, "ledger", *_FIELDS) == [mine, mine]
    assert _rows(app, "spans", *_FIELDS, of="source = 'gateway'") == [mine, mine, mine]


def _forget(app: Application) -> None:
    """Take away what the process remembers, as a restart does."""
    correlation = app.running.services.receiver._correlation
    correlation._recent = type(correlation._recent)()
    correlation._started_ns = now_ns()
