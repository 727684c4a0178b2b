"""Sums agree: requests, tokens and money are the same number wherever the product shows them."""

import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from tests.traces.application import Application, application, served
from tests.traces.payload import accepted, chat, child, now_ns, span

from trimtab.base import ids
from trimtab.llm.call import Attempt, Call, Outcome
from trimtab.llm.usage import Usage

MakeCall = Callable[..., Call]
MakeAttempt = Callable[..., Attempt]
Frame = Callable[[Iterable[Call]], bytes]

_AGENT = {"gen_ai.operation.name": "invoke_agent"}
_MODELS = ("gpt-4o", "gpt-4o-mini", "house-model-without-a-price")
_FIELDS = ("model", "provider", "user", "session", "feature", "environment", "prompt", "status", "name", "key")


@pytest.fixture(scope="module")
def address(shared_running: Any) -> Iterable[str]:
    with served(shared_running) as url:
        yield url


@pytest.fixture(params=[1, 2])
def app(
    request: pytest.FixtureRequest,
    shared_running: Any,
    address: str,
    make_call: MakeCall,
    make_attempt: MakeAttempt,
    frame: Frame,
) -> Iterable[Application]:
    """Give an application that has sent traces by chance: agents', calls alone, and calls through the gateway."""
    chance = random.Random(request.param)  # noqa: S311 - data for a test, the same each time
    with application(shared_running, address) as made:
        _send_traces(made, chance)
        _send_calls(made, chance, make_call, make_attempt, frame)
        yield made


def _chat(chance: random.Random, **more: Any) -> dict[str, Any]:
    counted = {"gen_ai.usage.input_tokens": chance.randrange(5000), "gen_ai.usage.output_tokens": chance.randrange(900)}
    return chat(**{"gen_ai.request.model": chance.choice(_MODELS), **counted, **more})


def _send_traces(app: Application, chance: random.Random) -> None:
    """Send traces whose session and user stand on all spans, or on the root alone, some of them twice."""
    for number in range(30):
        whose = {"user.id": f"user-{chance.randrange(4)}", "session.id": f"session-{chance.randrange(6)}"}
        if chance.random() < 0.2:
            accepted(app, span(f"alone {number % 3}", _chat(chance, **whose)))
            continue
        on_calls = whose if chance.random() < 0.5 else {}
        root = span(f"agent {number % 3}", _AGENT | whose)
        spans = [root]
        for _ in range(chance.randrange(4)):
            response = {"gen_ai.response.id": ids.new_span_id()}
            failed = {"status": {"code": 2}} if chance.random() < 0.3 else {}
            spans.append(child(root, "chat", _chat(chance, **on_calls, **response), **failed))
            if chance.random() < 0.3:
                # The same call, reported by a framework around it, costs nothing more.
                spans.append(child(spans[-1], "chat again", msgspec.json.decode(b"{}") | _again(spans[-1])))
        chance.shuffle(spans)
        accepted(app, *spans)
        if chance.random() < 0.3:
            accepted(app, *spans)


def _again(reported: dict[str, Any]) -> dict[str, Any]:
    found = {each["key"]: each["value"] for each in reported["attributes"]}
    return {
        name: int(value["intValue"]) if "intValue" in value else value["stringValue"] for name, value in found.items()
    }


def _send_calls(
    app: Application, chance: random.Random, make_call: MakeCall, make_attempt: MakeAttempt, frame: Frame
) -> None:
    """Send calls through the gateway: some tried twice, some that never reached a provider, some twice over."""
    calls = []
    for _ in range(30):
        at_ns = now_ns() - 5 * 10**9
        model = chance.choice(_MODELS)
        attempts = [
            make_attempt(
                at_ns,
                model=model,
                response_model="",
                usage=Usage(input_uncached=chance.randrange(900), cache_read=chance.randrange(90), output_text=7),
            )
            for _ in range(chance.choice((0, 1, 1, 1, 2)))
        ]
        calls.append(
            make_call(
                at_ns,
                project_id=app.project_id,
                attempts=attempts,
                outcome=chance.choice((Outcome.OK, Outcome.OK, Outcome.UPSTREAM_ERROR)),
                user_id=chance.choice(("", "user-1")),
                session_id=chance.choice(("", "session-1", "session-9")),
                feature=chance.choice(("", "chat")),
            )
        )
    for body in (frame(calls), frame(calls[:10])):
        answer = app.running.internal().post("/internal/v1/calls", content=body, params={"replay": "true"})
        assert answer.status_code == 200, answer.text


def _sum(rows: Iterable[dict[str, Any]], *names: str) -> list[Any]:
    rows = list(rows)
    return [sum((Decimal(row[name] or 0) for row in rows), Decimal(0)) for name in names]


_USED = ("input_tokens", "output_tokens", "cost_usd")


def test_every_screen_has_the_same_sums(app: Application) -> None:
    overview = app.get("/overview")
    totals = overview["totals"]
    used = _sum([totals], *_USED)
    assert used[2] > 0
    assert totals["unpriced_requests"] > 0

    assert _sum(overview["breakdown"], "requests", *_USED) == [totals["requests"], *used]
    assert _sum(overview["series"], "requests", "tokens", "cost_usd") == [
        totals["requests"],
        used[0] + used[1],
        used[2],
    ]
    for field in _FIELDS:
        groups = app.get("/trace-groups", by=field)["items"]
        assert _sum(groups, "requests", *_USED) == [totals["requests"], *used], field
        assert sum(row["unpriced_requests"] for row in groups) == totals["unpriced_requests"], field


def test_list_histogram_facets_and_groups_count_the_same_traces(app: Application) -> None:
    for query in ("", "error", "cost > 0.01", "model = gpt-4o", 'user = "user-1" or feature = chat', "has span(error)"):
        listed = app.traces(filter=query, limit=200)
        steps = app.get("/trace-histogram", filter=query)["steps"]
        assert _sum(steps, "traces") == [len(listed)], query
        for field in ("user", "status", "name"):
            groups = app.get("/trace-groups", by=field, filter=query)["items"]
            assert _sum(groups, "traces") == [len(listed)], (query, field)
            assert _sum(groups, "input_tokens", "output_tokens") == _sum(listed, "input_tokens", "output_tokens"), query
        facets = {facet["field"]: facet["values"] for facet in app.get("/traces/facets", filter=query)["facets"]}
        assert sum(each["count"] for each in facets["status"]) == len(listed)


def test_sessions_and_users_have_what_their_traces_have(app: Application) -> None:
    listed = app.traces(limit=200)
    for path, column, key in (("/sessions", "session_id", "session_id"), ("/users", "user_id", "user_id")):
        for row in app.get(path)["items"]:
            own = [each for each in listed if each[column] == row[key]]
            assert row["traces"] == len(own)
            assert _sum([row], "input_tokens", "output_tokens") == _sum(own, "input_tokens", "output_tokens")
    groups = {row["key"]: row for row in app.get("/trace-groups", by="session")["items"]}
    for row in app.get("/sessions")["items"]:
        group = groups[row["session_id"]]
        names = ("traces", "requests", "errors", "unpriced_requests", *_USED)
        assert [row[name] for name in names] == [group[name] for name in names]


def _by_key(rows: Iterable[dict[str, Any]], key: str, usd: str) -> dict[str, Decimal]:
    return {row[key] or "": Decimal(row[usd]) for row in rows if Decimal(row[usd] or 0)}


@pytest.mark.parametrize("seed", [3, 4])
def test_what_agents_cost_each_user_and_session_is_the_same_on_every_screen(
    shared_running: Any, address: str, seed: int
) -> None:
    """Of agents that say on their root, or on each call too, whose they are; spans come in any order."""
    chance = random.Random(seed)  # noqa: S311 - data for a test, the same each time
    with application(shared_running, address) as app:
        _send_traces(app, chance)
        _send_traces_in_parts(app, chance)
        for field, path in (("user", "/users"), ("session", "/sessions")):
            listed = _by_key(app.get(path)["items"], f"{field}_id", "cost_usd")
            assert len(listed) > 1
            assert _by_key(app.get("/trace-groups", by=field)["items"], "key", "cost_usd") == listed
            panel = {"title": "Cost", "chart": "table", "measures": ["cost"], "by": [field], "limit": 50}
            answer = app.reader.post(f"/api/v1/projects/{app.project_id}/dashboards/query", json={"panel": panel})
            groups = ({"key": each["key"][0], "usd": each["values"]["cost"]} for each in answer.json()["groups"])
            assert _by_key(groups, "key", "usd") == listed
        day = {"from": datetime.now(UTC) - timedelta(days=1), "to": datetime.now(UTC)}
        shares = app.get("/costs/concentration", by="user", **{name: at.isoformat() for name, at in day.items()})["top"]
        assert _by_key(shares, "key", "cost_usd") == _by_key(app.get("/users")["items"], "user_id", "cost_usd")
        features = _by_key(app.get("/trace-groups", by="feature")["items"], "key", "cost_usd")
        assert len(features) > 1
        assert _by_key(app.get("/overview", by="feature")["breakdown"], "key", "cost_usd") == features


def _send_traces_in_parts(app: Application, chance: random.Random) -> None:
    """Send agents whose root alone says whose they are, span by span, in any order, some spans twice."""
    for number in range(6):
        whose = {"user.id": f"user-{chance.randrange(4)}", "session.id": f"session-{chance.randrange(6)}"}
        whose["trimtab.feature"] = f"feature-{number % 2}"
        root = span("agent", _AGENT | whose)
        step = child(root, "step", _AGENT)
        spans = [root, step, *(child(chance.choice((root, step)), "chat", _chat(chance)) for _ in range(2))]
        chance.shuffle(spans)
        for each in spans:
            accepted(app, *[each] * chance.choice((1, 2)))


def test_exports_and_the_ledger_have_the_sums_of_the_overview(app: Application) -> None:
    totals = app.get("/overview")["totals"]
    path = f"/api/v1/projects/{app.project_id}"
    lines = app.reader.get(f"{path}/trace-export", params={"form": "jsonl"}).content.splitlines()
    exported = [msgspec.json.decode(line) for line in lines]
    assert _sum(exported, "input_tokens", "output_tokens") == _sum([totals], "input_tokens", "output_tokens")
    rows = app.get("/traces", limit=200)["items"]
    assert [row["cost_usd"] for row in exported] == [row["cost_usd"] for row in rows]
    entries = [entry for trace in {row["trace_id"] for row in rows} for entry in app.ledger(trace)]
    assert _sum(entries, "cost_usd") == _sum([totals], "cost_usd")


def _explained(app: Application, **query: Any) -> list[Any]:
    """Return the sum that lines of a price and what they leave out add up to, having held it against the one named."""
    found = app.get("/costs/sum", **query)
    for line in found["lines"]:
        if line["usd_per_million"] is not None:
            assert Decimal(line["cost_usd"]) == Decimal(line["usd_per_million"]) * line["tokens"] / 1_000_000
    (usd,) = _sum(found["lines"], "cost_usd")
    assert usd + Decimal(found["rest_usd"]) == Decimal(found["cost_usd"] or 0)
    return [found["cost_usd"], found["unpriced_calls"]]


_SHOWN = ("cost_usd", "unpriced_requests")


def test_every_sum_is_the_sum_of_the_lines_that_explain_it(app: Application) -> None:
    overview = app.get("/overview")
    assert _explained(app) == [overview["totals"][name] for name in _SHOWN]
    lines = app.get("/costs/sum")["lines"]
    (priced,) = _sum([line for line in lines if line["bucket"]], "cost_usd")
    assert priced == Decimal(overview["totals"]["cost_usd"])
    for cut in ("model", "feature", "environment"):
        for row in app.get("/overview", by=cut)["breakdown"]:
            if row["requests"]:
                shown = [row["cost_usd"] or "0", row["unpriced_requests"]]
                found = _explained(app, by=cut, key=row["key"])
                assert [found[0] or "0", found[1]] == shown, (cut, row["key"])
    for query in ("error", 'user = "user-1"', "cost > 0.01"):
        totals = app.get("/overview", filter=query)["totals"]
        assert _explained(app, filter=query) == [totals[name] for name in _SHOWN], query


def test_sums_of_traces_are_the_sums_of_the_lines_that_explain_them(app: Application) -> None:
    for field in ("model", "user", "session", "name", "status"):
        for row in app.get("/trace-groups", by=field)["items"]:
            found = _explained(app, of="traces", by=field, key=row["key"])
            assert Decimal(found[0] or 0) == Decimal(row["cost_usd"] or 0), (field, row["key"])
            assert found[1] == row["unpriced_requests"], (field, row["key"])
    for path, field, name in (("/sessions", "session", "session_id"), ("/users", "user", "user_id")):
        for row in app.get(path)["items"]:
            found = _explained(app, of="traces", by=field, key=row[name])
            assert Decimal(found[0] or 0) == Decimal(row["cost_usd"] or 0)
    for row in app.get("/traces", limit=200)["items"]:
        found = _explained(app, of="traces", by="span.id", key=row["span_id"])
        if row["cost_usd"] is not None:
            assert Decimal(found[0]) == Decimal(row["cost_usd"])


def test_a_price_that_depends_on_the_length_of_a_call_has_a_line_for_each_rate(
    shared_running: Any, address: str
) -> None:
    gemini = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gemini-2.5-pro",
        "gen_ai.usage.output_tokens": 10,
    }
    with application(shared_running, address) as app:
        for tokens in (100_000, 150_000, 250_000):
            accepted(app, span("long", gemini | {"gen_ai.usage.input_tokens": tokens}))
        assert _explained(app)[0] == app.get("/overview")["totals"]["cost_usd"]
        lines = app.get("/costs/sum")["lines"]
    read = {line["usd_per_million"]: line["tokens"] for line in lines if line["bucket"] == "input_uncached"}
    assert read == {"1.25": 250_000, "2.5": 250_000}
    assert {line["requests"] for line in lines if line["bucket"] == "input_uncached"} == {1, 2}


def test_a_sum_is_explained_for_a_value_in_each_field_or_not_at_all(shared_running: Any, address: str) -> None:
    with application(shared_running, address) as app:
        for query in ({"by": "model"}, {"by": "trace.cost", "key": "1"}, {"by": "colour", "key": "red"}):
            answer = app.reader.get(f"/api/v1/projects/{app.project_id}/costs/sum", params=query)
            assert answer.status_code in (400, 422), answer.text
